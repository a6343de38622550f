//! Many finished jobs, written at once: what a list or a search has to cope with.

/// Returns SQL that writes `count` jobs of the last seven days, spread over 200 accounts, a third of them the first's.
///
/// Nine kinds are common. `back_up_database` is rare (every 50,000th, at least one), one in a thousand is dead with an error
/// of its own, one in 20,000 cancelled.
#[must_use]
pub fn finished_jobs(count: u32) -> String {
    let rare = 50_000.min(count);
    format!(
        "INSERT INTO jobs (account_id, id, kind, queue, state, priority, args, attempt, max_attempts, timeout_ms, run_at,
                           dispatched_at, result, error, error_detail, revision, created_at, started_at, finished_at)
         SELECT ('0190d3c8-7c00-7000-8000-' || lpad(to_hex(CASE WHEN n % 10 < 3 THEN 0 ELSE n % 200 END), 12, '0'))::uuid,
                (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || lpad(to_hex(n % 4096), 3, '0')
                    || '8' || lpad(to_hex(n), 15, '0'))::uuid,
                CASE WHEN n % {rare} = {rare} - 1 THEN 'back_up_database' ELSE kinds[n % 9 + 1] END,
                CASE WHEN n % {rare} = {rare} - 1 THEN 'maintenance' ELSE queues[n % 9 + 1] END,
                state, 1, '{{\"report_id\": \"0190d3c8-7c00-7000-8000-000000000001\"}}', 1, 5, 60000, at, at,
                CASE WHEN state = 'succeeded' THEN '{{\"report_id\": \"0190d3c8-7c00-7000-8000-000000000001\"}}'::jsonb END,
                CASE WHEN state = 'dead' THEN 'sendgrid failed' END,
                CASE WHEN state = 'dead' THEN 'sendgrid failed: mailbox ' || n || ' is full' END,
                3, at, at, at
           FROM (SELECT n, now() - interval '7 days' + interval '7 days' * n / {count} AS at,
                        CASE WHEN n % 1000 = 3 THEN 'dead' WHEN n % 20000 = 11 THEN 'cancelled' ELSE 'succeeded' END AS state,
                        ARRAY['build_report', 'send_email', 'send_email', 'run_import', 'sync_store', 'scan_trials',
                              'send_digest', 'check_stock', 'expire_rows'] AS kinds,
                        ARRAY['reports', 'email', 'email', 'inventory', 'inventory', 'maintenance',
                              'email', 'inventory', 'maintenance'] AS queues
                   FROM generate_series(1, {count}) n) made"
    )
}
