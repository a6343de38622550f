//! What merchants do: sign up, upload, ask, pay or leave.

use chrono::TimeDelta;
use serde_json::json;

use super::{Month, Size};
use crate::{Client, Payer};

/// A merchant pays on this day of the trial, if ever.
const PAYS_ON: u32 = 5;
/// Of ten merchants, so many pay.
const PAYERS_OF_TEN: usize = 6;

/// A merchant with one store.
pub(super) struct Merchant {
    client: Client,
    pub(super) payer: Payer,
    store: String,
    joined: u32,
    pub(super) pays: bool,
}

impl Month {
    /// Lets those sign up whose day it is.
    pub(super) async fn sign_up(&mut self, day: u32, size: Size) {
        let days = (size.days / 3).max(1);
        let share = size.merchants.div_ceil(days as usize);
        let known = self.merchants.len();
        if day >= days {
            return;
        }
        for number in known..(known + share).min(size.merchants) {
            let email = format!("merchant{number}@example.com");
            self.app.register(&email, "correct horse battery").await;
            let query = format!("SELECT account_id FROM users WHERE email = '{email}'");
            let account_id = self.app.value(&query).await.parse().expect("an id");
            let client = self.app.member_of(account_id).await;
            self.merchants.push(Merchant {
                payer: Payer::new(account_id, &number.to_string()),
                store: client.store("GBP", "Europe/London").await,
                client,
                joined: day,
                pays: self.dice.below(10) < PAYERS_OF_TEN,
            });
        }
    }

    /// Lets each do what is done in an hour.
    pub(super) async fn work(&mut self, day: u32, hour: u32) {
        for number in 0..self.merchants.len() {
            let (uploads, asks) = (self.dice.below(16) == 0, self.dice.below(40) == 0);
            let merchant = &self.merchants[number];
            if merchant.pays && day == merchant.pays_on() && hour == 11 {
                self.pay(number).await;
            }
            let merchant = &self.merchants[number];
            let is_open = merchant.pays || day < merchant.joined + 7;
            if is_open && uploads {
                merchant.upload(day, hour).await;
            }
            if is_open && asks {
                merchant.ask(day).await;
            }
        }
    }

    /// Stripe takes the first payment; what it tells of it may get lost.
    async fn pay(&self, number: usize) {
        let payer = &self.merchants[number].payer;
        let now = self.app.clock.now();
        let end = now + TimeDelta::days(31);
        self.outside.stripe.keep(payer.subscription("active", end));
        if self.outside.loses_webhooks {
            return;
        }
        for event in payer.subscribes(now, end) {
            // A webhook that finds the database away is sent again; each is the same event.
            for _ in 0..5 {
                if self.app.stripe_tells(&event).await.status == 200 {
                    break;
                }
            }
        }
    }
}

impl Merchant {
    /// Returns the day of the payment, for those who pay.
    pub(super) fn pays_on(&self) -> u32 {
        self.joined + PAYS_ON
    }

    async fn upload(&self, day: u32, hour: u32) {
        let file = format!(
            "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
             {day}-{hour}-1,TEA,Tea,2,2026-03-{:02} {hour:02}:00,3.50,7,United Kingdom\n\
             {day}-{hour}-2,POT,Pot,1,2026-03-{:02} {hour:02}:00,12.00,9,France\n",
            day % 28 + 1,
            day % 28 + 1
        );
        let answer = self.client.upload(&self.store, "invoice_lines", file).await;
        assert!([202, 503].contains(&answer.status), "{}", answer.text());
    }

    async fn ask(&self, day: u32) {
        let to = format!("2026-03-{:02}", day % 28 + 1);
        let body = json!({"store_id": self.store, "kind": "revenue", "from": "2026-03-01", "to": to, "group_by": ["day"]});
        let answer = self.client.post("/v1/reports", &body).await;
        assert!([202, 503].contains(&answer.status), "{}", answer.text());
    }
}
