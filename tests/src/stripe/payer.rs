use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use suite_core::id::AccountId;

/// Somebody who pays at Stripe, and what Stripe tells about it.
#[derive(Debug, Clone)]
pub struct Payer {
    /// Whose subscription it is.
    pub account_id: AccountId,
    /// The part of all ids that is theirs.
    pub name: String,
    /// What a month costs, in cents.
    pub cents: i64,
}

impl Payer {
    /// Makes one who pays 500 USD a month.
    #[must_use]
    pub fn new(account_id: AccountId, name: &str) -> Self {
        Self {
            account_id,
            name: name.to_owned(),
            cents: 50_000,
        }
    }

    /// Returns what Stripe calls the subscription.
    #[must_use]
    pub fn subscription_id(&self) -> String {
        format!("sub_{}", self.name)
    }

    /// Returns how the subscription looks: paid until `end`.
    #[must_use]
    pub fn subscription(&self, status: &str, end: DateTime<Utc>) -> Value {
        json!({
            "id": self.subscription_id(), "object": "subscription", "application": null, "billing_cycle_anchor": end.timestamp(),
            "cancel_at": null, "cancel_at_period_end": false, "canceled_at": null, "collection_method": "charge_automatically",
            "created": 1_234_567_890, "currency": "usd", "customer": format!("cus_{}", self.name), "ended_at": null,
            "items": {"object": "list", "has_more": false, "total_count": 1, "data": [{
                "id": format!("si_{}", self.name), "object": "subscription_item", "quantity": 1,
                "current_period_end": end.timestamp(), "current_period_start": (end - TimeDelta::days(31)).timestamp(),
                "price": {"id": "price_pro", "object": "price", "active": true, "billing_scheme": "per_unit", "currency": "usd",
                          "product": "prod_suite", "type": "recurring", "unit_amount": self.cents,
                          "unit_amount_decimal": self.cents.to_string(),
                          "recurring": {"interval": "month", "interval_count": 1, "meter": null, "usage_type": "licensed"}},
            }]},
            "latest_invoice": format!("in_{}_1", self.name), "livemode": false,
            "metadata": {"account_id": self.account_id.to_string()}, "start_date": 1_234_567_890, "status": status,
        })
    }

    /// Returns the event of `object` at `at`; its id is made of what it tells, so that the same event is the same.
    #[must_use]
    pub fn event(&self, kind: &str, at: DateTime<Utc>, object: &Value) -> Value {
        let mark = object["status"].as_str().unwrap_or_default();
        let id = format!(
            "evt_{}_{}_{mark}_{}",
            self.name,
            kind.replace('.', "_"),
            at.timestamp()
        );
        json!({
            "id": id, "object": "event", "api_version": "2025-03-31.basil", "created": at.timestamp(), "livemode": false,
            "pending_webhooks": 1, "request": {"id": null, "idempotency_key": null}, "type": kind,
            "data": {"object": object},
        })
    }

    /// Returns the event that the subscription changed, or came, or ended.
    #[must_use]
    pub fn changed(
        &self,
        kind: &str,
        at: DateTime<Utc>,
        status: &str,
        end: DateTime<Utc>,
    ) -> Value {
        let kind = format!("customer.subscription.{kind}");
        self.event(&kind, at, &self.subscription(status, end))
    }

    /// Returns the event that a checkout went through.
    #[must_use]
    pub fn checked_out(&self, at: DateTime<Utc>) -> Value {
        let object = json!({
            "id": format!("cs_test_{}", self.name), "object": "checkout.session", "mode": "subscription",
            "client_reference_id": self.account_id.to_string(), "metadata": {"account_id": self.account_id.to_string()},
            "customer": format!("cus_{}", self.name), "subscription": self.subscription_id(),
            "payment_status": "paid", "status": "complete", "url": null, "amount_total": self.cents, "currency": "usd",
        });
        self.event("checkout.session.completed", at, &object)
    }

    /// Returns the event that an invoice was paid, or that this was refused.
    #[must_use]
    pub fn invoiced(
        &self,
        kind: &str,
        at: DateTime<Utc>,
        number: u32,
        end: DateTime<Utc>,
    ) -> Value {
        let is_paid = kind == "paid";
        let object = json!({
            "id": format!("in_{}_{number}", self.name), "object": "invoice", "currency": "usd",
            "customer": format!("cus_{}", self.name), "customer_email": "somebody@example.com",
            "amount_due": self.cents, "amount_paid": if is_paid { self.cents } else { 0 },
            "amount_remaining": if is_paid { 0 } else { self.cents }, "attempt_count": 1,
            "billing_reason": if number == 1 { "subscription_create" } else { "subscription_cycle" },
            "status": if is_paid { "paid" } else { "open" },
            "lines": {"object": "list", "has_more": false, "data": [{
                "id": format!("il_{}_{number}", self.name), "object": "line_item", "amount": self.cents, "currency": "usd",
                "period": {"start": (end - TimeDelta::days(31)).timestamp(), "end": end.timestamp()}}]},
            "parent": {"type": "subscription_details", "quote_details": null, "subscription_details": {
                "metadata": {"account_id": self.account_id.to_string()}, "subscription": self.subscription_id()}},
        });
        let kind = if is_paid {
            "invoice.paid"
        } else {
            "invoice.payment_failed"
        };
        self.event(kind, at, &object)
    }

    /// Returns all that Stripe tells when somebody subscribes at `at`, paid until `end`.
    #[must_use]
    pub fn subscribes(&self, at: DateTime<Utc>, end: DateTime<Utc>) -> Vec<Value> {
        vec![
            self.changed("created", at, "incomplete", end),
            self.invoiced("paid", at, 1, end),
            self.changed("updated", at, "active", end),
            self.checked_out(at + TimeDelta::seconds(1)),
        ]
    }

    /// Returns all that Stripe tells when the second month is refused at `at`.
    #[must_use]
    pub fn is_refused(&self, at: DateTime<Utc>) -> Vec<Value> {
        let end = at + TimeDelta::days(31);
        let mut past_due = self.subscription("past_due", end);
        past_due["latest_invoice"] = json!(format!("in_{}_2", self.name));
        vec![
            self.invoiced("failed", at, 2, end),
            self.event("customer.subscription.updated", at, &past_due),
        ]
    }

    /// Returns all that Stripe tells when the second month is paid after all at `at`; it ends at `end`.
    #[must_use]
    pub fn recovers(&self, at: DateTime<Utc>, end: DateTime<Utc>) -> Vec<Value> {
        vec![
            self.invoiced("paid", at, 2, end),
            self.changed("updated", at, "active", end),
        ]
    }
}
