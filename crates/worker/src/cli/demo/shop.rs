use chrono::Utc;
use suite_core::{id::AccountId, money::Currency};
use suite_db::{
    Db,
    stores::{self, NewStore, Store},
};

use super::{Load, file::InvoiceFile};
use crate::{
    cli::{Session, audit},
    demo::{self, Plan},
};

/// Where the lines of a shop come from.
#[derive(Debug)]
pub(super) enum Lines {
    MadeUp(Plan),
    File(InvoiceFile),
}

/// A shop that is to be shown.
#[derive(Debug)]
pub(super) struct Shop {
    name: String,
    currency: Currency,
    timezone: &'static str,
    pub(super) lines: Lines,
}

impl Shop {
    pub(super) fn plan(command: &Load, session: &Session) -> anyhow::Result<Self> {
        if let Some(path) = &command.import {
            let file = InvoiceFile::look(path)?;
            return Ok(Self {
                name: file.store_name(),
                currency: "GBP".parse()?,
                timezone: "Europe/London",
                lines: Lines::File(file),
            });
        }
        let now = session
            .clock
            .now()
            .with_timezone::<Utc>(&Utc)
            .with_timezone(&demo::ZONE);
        Ok(Self {
            name: demo::SHOP.to_owned(),
            currency: demo::CURRENCY.parse()?,
            timezone: demo::ZONE.name(),
            lines: Lines::MadeUp(Plan {
                seed: command.seed,
                until: now.naive_local(),
                days: command.days,
                variants: command.variants,
                orders: command.orders,
            }),
        })
    }
}

/// Finds the store by its name, or makes it.
pub(super) async fn find_or_create(
    shop: &Shop,
    account_id: AccountId,
    session: &Session,
    db: &Db,
) -> anyhow::Result<Store> {
    let mut tx = db.account(account_id).await?;
    let mut after = None;
    loop {
        let page = stores::list(&mut tx, after, 100).await?;
        after = page.last().map(|store| store.id);
        if let Some(store) = page.into_iter().find(|store| store.name == shop.name) {
            return Ok(store);
        }
        if after.is_none() {
            break;
        }
    }
    let new = NewStore {
        name: shop.name.clone(),
        currency: shop.currency,
        timezone: shop.timezone.to_owned(),
        platform: "manual",
    };
    let store = stores::create(&mut tx, &new, session.clock.now()).await?;
    audit::note(
        &mut tx,
        session,
        "create_store",
        &store.id.to_string(),
        audit::no_detail(),
    )
    .await?;
    tx.commit().await?;
    Ok(store)
}
