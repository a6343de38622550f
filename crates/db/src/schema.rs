// Written by `suitectl schema`; the gate compares it with the migrated database.
#![allow(missing_docs, reason = "written by a program")]

diesel::table! {
    account_preferences (account_id) {
        account_id -> Uuid,
        stock_alerts -> Bool,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    accounts (id) {
        id -> Uuid,
        name -> Text,
        plan -> Text,
        trial_ends_at -> Timestamptz,
        created_at -> Timestamptz,
        access_until -> Nullable<Timestamptz>,
        plan_given_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    alerts (id) {
        id -> Uuid,
        kind -> Text,
        fault -> Text,
        began_at -> Timestamptz,
        seen_at -> Timestamptz,
        fine_looks -> Int4,
        ended_at -> Nullable<Timestamptz>,
        told -> Array<Nullable<Text>>,
    }
}

diesel::table! {
    api_tokens (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        name -> Text,
        token_hash -> Bytea,
        suffix -> Text,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    audit_log (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail -> Jsonb,
        at -> Timestamptz,
    }
}

diesel::table! {
    backups (name) {
        name -> Text,
        snapshot_at -> Timestamptz,
        verified_at -> Timestamptz,
        size_bytes -> Int8,
        row_count -> Int8,
        drilled_at -> Nullable<Timestamptz>,
        drill_seconds -> Nullable<Float8>,
    }
}

diesel::table! {
    batches (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        total -> Int4,
        pending -> Int4,
        succeeded -> Int4,
        dead -> Int4,
        cancelled -> Int4,
        completed -> Int4,
        callback -> Nullable<Jsonb>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    customers (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        outside_id -> Text,
        country -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    daily_product_sales (account_id, store_id, day, variant_id) {
        account_id -> Uuid,
        store_id -> Uuid,
        day -> Date,
        variant_id -> Uuid,
        gross -> Nullable<Numeric>,
        discounts -> Nullable<Numeric>,
        returns -> Nullable<Numeric>,
        adjustments -> Nullable<Numeric>,
        tax -> Nullable<Numeric>,
        units -> Nullable<Numeric>,
        orders -> Nullable<Int4>,
    }
}

diesel::table! {
    daily_sales (account_id, store_id, day, country, customer_id) {
        account_id -> Uuid,
        store_id -> Uuid,
        day -> Date,
        country -> Text,
        customer_id -> Uuid,
        gross -> Nullable<Numeric>,
        discounts -> Nullable<Numeric>,
        returns -> Nullable<Numeric>,
        adjustments -> Nullable<Numeric>,
        tax -> Nullable<Numeric>,
        shipping -> Nullable<Numeric>,
        units -> Nullable<Numeric>,
        orders -> Nullable<Int4>,
    }
}

diesel::table! {
    idempotency_keys (account_id, key) {
        account_id -> Uuid,
        key -> Text,
        fingerprint -> Bytea,
        status -> Int2,
        headers -> Jsonb,
        body -> Nullable<Jsonb>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    import_chunks (account_id, import_id, ordinal) {
        account_id -> Uuid,
        import_id -> Uuid,
        ordinal -> Int4,
        bytes -> Bytea,
    }
}

diesel::table! {
    import_rejects (account_id, import_id, line_number) {
        account_id -> Uuid,
        import_id -> Uuid,
        line_number -> Int8,
        reason -> Text,
        content -> Text,
    }
}

diesel::table! {
    imports (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        format -> Text,
        state -> Text,
        is_gzip -> Bool,
        size_bytes -> Int8,
        job_id -> Nullable<Uuid>,
        rows_read -> Int8,
        rows_total -> Nullable<Int8>,
        rows_added -> Int8,
        rows_unchanged -> Int8,
        rows_rejected -> Int8,
        error -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    inventory_analyses (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        params -> Jsonb,
        job_id -> Uuid,
        summary -> Nullable<Jsonb>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    inventory_analysis_items (account_id, analysis_id, rank) {
        account_id -> Uuid,
        analysis_id -> Uuid,
        rank -> Int4,
        variant_id -> Uuid,
        location_id -> Uuid,
        vendor_id -> Nullable<Uuid>,
        abc -> Text,
        xyz -> Text,
        is_due -> Bool,
        is_dead -> Bool,
        is_overstock -> Bool,
        suggested_quantity -> Numeric,
        figures -> Json,
    }
}

diesel::table! {
    jobs (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        queue -> Text,
        state -> Text,
        priority -> Int2,
        args -> Jsonb,
        attempt -> Int2,
        max_attempts -> Int2,
        crashes -> Int2,
        timeout_ms -> Int4,
        run_at -> Timestamptz,
        dispatched_at -> Nullable<Timestamptz>,
        worker_id -> Nullable<Uuid>,
        unique_key -> Nullable<Text>,
        traceparent -> Nullable<Text>,
        cancel_requested_at -> Nullable<Timestamptz>,
        progress -> Nullable<Jsonb>,
        result -> Nullable<Jsonb>,
        error -> Nullable<Text>,
        error_detail -> Nullable<Text>,
        revision -> Int4,
        created_at -> Timestamptz,
        started_at -> Nullable<Timestamptz>,
        finished_at -> Nullable<Timestamptz>,
        service -> Nullable<Text>,
        parked_on -> Nullable<Text>,
        batch_id -> Nullable<Uuid>,
        next_job -> Nullable<Jsonb>,
    }
}

diesel::table! {
    keeper (singleton) {
        singleton -> Bool,
        worker_id -> Nullable<Uuid>,
        lease_until -> Timestamptz,
    }
}

diesel::table! {
    limits (key) {
        key -> Text,
        most -> Nullable<Int4>,
        turn -> Nullable<Uuid>,
    }
}

diesel::table! {
    locations (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        name -> Text,
        is_default -> Bool,
        created_at -> Timestamptz,
        demand_share -> Nullable<Numeric>,
        revision -> Int4,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    mail_events (account_id, event_id) {
        account_id -> Uuid,
        event_id -> Text,
        mail_id -> Uuid,
        kind -> Text,
        reason -> Nullable<Text>,
        occurred_at -> Timestamptz,
        received_at -> Timestamptz,
    }
}

diesel::table! {
    mail_suppressions (account_id, recipient, topic) {
        account_id -> Uuid,
        recipient -> Text,
        topic -> Text,
        reason -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    mails (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        period -> Text,
        recipient -> Text,
        content -> Jsonb,
        state -> Text,
        sends -> Int2,
        provider_id -> Nullable<Text>,
        reason -> Nullable<Text>,
        job_id -> Uuid,
        created_at -> Timestamptz,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    monthly_product_sales (account_id, store_id, month, variant_id) {
        account_id -> Uuid,
        store_id -> Uuid,
        month -> Date,
        variant_id -> Uuid,
        gross -> Nullable<Numeric>,
        discounts -> Nullable<Numeric>,
        returns -> Nullable<Numeric>,
        adjustments -> Nullable<Numeric>,
        tax -> Nullable<Numeric>,
        units -> Nullable<Numeric>,
        orders -> Nullable<Int4>,
    }
}

diesel::table! {
    order_lines (account_id, order_id, position) {
        account_id -> Uuid,
        order_id -> Uuid,
        position -> Int4,
        variant_id -> Uuid,
        occurred_at -> Timestamptz,
        quantity -> Numeric,
        unit_price -> Numeric,
        discount -> Nullable<Numeric>,
        tax -> Nullable<Numeric>,
        event -> Int2,
        title -> Text,
    }
}

diesel::table! {
    orders (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        number -> Text,
        channel -> Text,
        customer_id -> Nullable<Uuid>,
        country -> Text,
        currency -> Text,
        placed_at -> Timestamptz,
        is_credit_note -> Bool,
        line_count -> Int4,
        gross -> Numeric,
        discounts -> Numeric,
        returns -> Numeric,
        adjustments -> Numeric,
        tax -> Numeric,
        shipping -> Numeric,
        units -> Numeric,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        outside_id -> Nullable<Text>,
        cancelled_at -> Nullable<Timestamptz>,
        refunded -> Nullable<Numeric>,
    }
}

diesel::table! {
    products (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        handle -> Text,
        outside_id -> Nullable<Text>,
        title -> Text,
        vendor -> Text,
        product_type -> Text,
        status -> Text,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    purchase_order_lines (account_id, purchase_order_id, position) {
        account_id -> Uuid,
        purchase_order_id -> Uuid,
        position -> Int4,
        variant_id -> Uuid,
        quantity -> Numeric,
        received -> Numeric,
        unit_price -> Numeric,
    }
}

diesel::table! {
    purchase_orders (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        vendor_id -> Uuid,
        location_id -> Uuid,
        state -> Text,
        currency -> Text,
        note -> Text,
        expected_on -> Nullable<Date>,
        analysis_id -> Nullable<Uuid>,
        revision -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        sent_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    queues (name) {
        name -> Text,
        paused_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    report_pieces (account_id, report_id, grouping_name, piece) {
        account_id -> Uuid,
        report_id -> Uuid,
        grouping_name -> Text,
        piece -> Int4,
        rows -> Text,
    }
}

diesel::table! {
    report_schedule_readers (account_id, schedule_id, address) {
        account_id -> Uuid,
        schedule_id -> Uuid,
        address -> Text,
        removed_at -> Nullable<Timestamptz>,
        stopped_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    report_schedules (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        kind -> Text,
        params -> Jsonb,
        rhythm -> Text,
        minute_of_day -> Int2,
        weekday -> Nullable<Int2>,
        day_of_month -> Nullable<Int2>,
        paused_at -> Nullable<Timestamptz>,
        last_day -> Nullable<Date>,
        revision -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    reports (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        kind -> Text,
        params -> Jsonb,
        result -> Nullable<Jsonb>,
        job_id -> Uuid,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    revenue_changes (account_id, ordinal) {
        account_id -> Uuid,
        ordinal -> Int4,
        at -> Timestamptz,
        kind -> Text,
        currency -> Text,
        before -> Numeric,
        after -> Numeric,
    }
}

diesel::table! {
    schedule_ticks (account_id, schedule, tick_at) {
        account_id -> Uuid,
        schedule -> Text,
        tick_at -> Timestamptz,
        job_id -> Nullable<Uuid>,
        skipped -> Int4,
        cause -> Text,
        fired_at -> Timestamptz,
    }
}

diesel::table! {
    schedules (account_id, name) {
        account_id -> Uuid,
        name -> Text,
        expression -> Text,
        timezone -> Text,
        catch_up -> Text,
        kind -> Text,
        args -> Jsonb,
        unique_key -> Nullable<Text>,
        revision -> Int4,
        next_at -> Nullable<Timestamptz>,
        last_tick_at -> Nullable<Timestamptz>,
        last_job_id -> Nullable<Uuid>,
        paused_at -> Nullable<Timestamptz>,
        retired_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sessions (account_id, token_hash) {
        account_id -> Uuid,
        token_hash -> Bytea,
        user_id -> Uuid,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    stock_alert_states (account_id, store_id, variant_id) {
        account_id -> Uuid,
        store_id -> Uuid,
        variant_id -> Uuid,
        state -> Text,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    stock_check_differences (account_id, check_id, variant_id, location_id, level) {
        account_id -> Uuid,
        check_id -> Uuid,
        variant_id -> Uuid,
        location_id -> Uuid,
        level -> Text,
        level_quantity -> Numeric,
        ledger_quantity -> Numeric,
    }
}

diesel::table! {
    stock_checks (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        levels -> Int8,
        differences -> Int8,
        checked_at -> Timestamptz,
    }
}

diesel::table! {
    stock_documents (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        kind -> Text,
        location_id -> Uuid,
        to_location_id -> Nullable<Uuid>,
        purchase_order_id -> Nullable<Uuid>,
        reason -> Text,
        actor -> Text,
        lines -> Jsonb,
        occurred_at -> Timestamptz,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    stock_levels (account_id, variant_id, location_id) {
        account_id -> Uuid,
        store_id -> Uuid,
        variant_id -> Uuid,
        location_id -> Uuid,
        on_hand -> Numeric,
        reserved -> Numeric,
        incoming -> Numeric,
        available -> Nullable<Numeric>,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    stock_movements (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        variant_id -> Uuid,
        location_id -> Uuid,
        quantity -> Numeric,
        before -> Numeric,
        after -> Numeric,
        reason -> Text,
        source -> Text,
        source_ref -> Text,
        source_line -> Text,
        actor -> Text,
        occurred_at -> Timestamptz,
        created_at -> Timestamptz,
        level -> Text,
        unit_cost -> Nullable<Numeric>,
    }
}

diesel::table! {
    stores (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        name -> Text,
        currency -> Text,
        timezone -> Text,
        platform -> Text,
        revision -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
        low_stock_threshold -> Numeric,
        non_merchandise -> Nullable<Array<Nullable<Text>>>,
    }
}

diesel::table! {
    stripe_events (id) {
        id -> Text,
        account_id -> Nullable<Uuid>,
        customer_id -> Nullable<Text>,
        kind -> Text,
        at -> Timestamptz,
        body -> Nullable<Bytea>,
        fact -> Nullable<Jsonb>,
        state -> Text,
        received_at -> Timestamptz,
        applied_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    subscriptions (account_id, id) {
        account_id -> Uuid,
        id -> Text,
        customer_id -> Nullable<Text>,
        status -> Text,
        price_id -> Nullable<Text>,
        per_month -> Numeric,
        currency -> Nullable<Text>,
        period_ends_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        canceled_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        failed_since -> Nullable<Timestamptz>,
        failed_invoice -> Nullable<Text>,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    supplier_prices (account_id, variant_id, vendor_id) {
        account_id -> Uuid,
        store_id -> Uuid,
        variant_id -> Uuid,
        vendor_id -> Uuid,
        price -> Numeric,
        minimum_quantity -> Numeric,
        pack_size -> Numeric,
        lead_time_days -> Nullable<Int4>,
        is_preferred -> Bool,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    user_tokens (account_id, token_hash) {
        account_id -> Uuid,
        token_hash -> Bytea,
        user_id -> Uuid,
        purpose -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    users (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        email -> Text,
        password_hash -> Text,
        email_verified_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    variants (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        product_id -> Uuid,
        sku -> Text,
        outside_id -> Nullable<Text>,
        title -> Text,
        price -> Nullable<Numeric>,
        cost -> Nullable<Numeric>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        options -> Text,
        low_stock_threshold -> Nullable<Numeric>,
    }
}

diesel::table! {
    vendors (account_id, id) {
        account_id -> Uuid,
        id -> Uuid,
        store_id -> Uuid,
        name -> Text,
        email -> Text,
        currency -> Text,
        lead_time_days -> Int4,
        revision -> Int4,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    web_processes (id) {
        id -> Uuid,
        host -> Text,
        pid -> Int4,
        version -> Text,
        pool_size -> Int4,
        started_at -> Timestamptz,
        beat_at -> Timestamptz,
    }
}

diesel::table! {
    workers (id) {
        id -> Uuid,
        name -> Text,
        host -> Text,
        pid -> Int4,
        version -> Text,
        queues -> Array<Nullable<Text>>,
        concurrency -> Int4,
        running -> Int4,
        started_at -> Timestamptz,
        beat_at -> Timestamptz,
        lease_until -> Timestamptz,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    account_preferences,
    accounts,
    alerts,
    api_tokens,
    audit_log,
    backups,
    batches,
    customers,
    daily_product_sales,
    daily_sales,
    idempotency_keys,
    import_chunks,
    import_rejects,
    imports,
    inventory_analyses,
    inventory_analysis_items,
    jobs,
    keeper,
    limits,
    locations,
    mail_events,
    mail_suppressions,
    mails,
    monthly_product_sales,
    order_lines,
    orders,
    products,
    purchase_order_lines,
    purchase_orders,
    queues,
    report_pieces,
    report_schedule_readers,
    report_schedules,
    reports,
    revenue_changes,
    schedule_ticks,
    schedules,
    sessions,
    stock_alert_states,
    stock_check_differences,
    stock_checks,
    stock_documents,
    stock_levels,
    stock_movements,
    stores,
    stripe_events,
    subscriptions,
    supplier_prices,
    user_tokens,
    users,
    variants,
    vendors,
    web_processes,
    workers,
);
