use rust_decimal::Decimal;
use serde_json::{Value, json};
use suite_core::{
    job::JobRef,
    jobs::AlertStock,
    mail::{AlertItem, MailContent},
};
use suite_db::{
    AccountTx, billing,
    inventory::alerts::{self, Crossing},
    mails::{self, NewMail},
    preferences,
    stores::{self, Store},
    users,
};

use crate::runtime::{JobContext, JobError};

/// So many are named in a mail, the most urgent first; the page has all.
const NAMED: usize = 20;

/// Moves the states and writes the mail in one transaction: whoever runs it again finds nothing crossed.
pub(crate) async fn run(job: AlertStock, context: &JobContext) -> Result<Value, JobError> {
    let mut tx = context.db().account(context.account_id()).await?;
    context.fence(&mut tx).await?;
    let (mut crossed, mut written) = (0, Vec::new());
    if let Some(store) = stores::get(&mut tx, job.store_id).await? {
        let crossings = alerts::look(&mut tx, store.id).await?;
        crossed = crossings.len();
        // The states move also while nobody wants, or is, to be told: neither switching it on again nor paying tells anything old.
        let is_told = crossed > 0
            && preferences::get(&mut tx).await?.stock_alerts
            && !billing::is_locked(&mut tx, context.clock().now()).await?;
        if is_told {
            written = write(&mut tx, &store, &crossings, context).await?;
        }
    }
    let outcome = json!({"crossed": crossed, "mails": written.len()});
    context.finish(&mut tx, &outcome).await?;
    tx.commit().await?;
    context.dispatch(&written);
    Ok(outcome)
}

async fn write(
    tx: &mut AccountTx,
    store: &Store,
    crossings: &[Crossing],
    context: &JobContext,
) -> Result<Vec<JobRef>, JobError> {
    let content = MailContent::StockAlert {
        store_id: store.id,
        store_name: store.name.clone(),
        items: crossings.iter().take(NAMED).map(item).collect(),
        total: crossings.len() as u64,
    };
    let mut written = Vec::new();
    for recipient in users::emails(tx).await? {
        let mail = NewMail {
            recipient,
            content: content.clone(),
            period: format!("{}/{}", store.id, context.job_id()),
        };
        written.extend(mails::write(tx, &mail).await?);
    }
    Ok(written)
}

fn item(crossing: &Crossing) -> AlertItem {
    let available = crossing.available.normalize();
    AlertItem {
        sku: crossing.sku.clone(),
        title: crossing.title.clone(),
        available: if available <= Decimal::ZERO {
            "sold out".to_owned()
        } else {
            format!("{available} left")
        },
    }
}
