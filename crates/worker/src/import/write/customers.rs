use std::{collections::HashMap, sync::Arc};

use suite_core::{
    Error,
    id::{CustomerId, StoreId},
};
use suite_db::{
    AccountTx, DbResult,
    imports::{self, NewCustomer},
};

/// More customers are looked up again.
const REMEMBERED: usize = 100_000;

/// The customers that this import has met.
#[derive(Debug, Default)]
pub(super) struct Customers(HashMap<Arc<str>, CustomerId>);

impl Customers {
    /// Returns the customer of each outside id; an empty one names nobody. `countries` tells where each was seen first.
    pub(super) async fn resolve<'c>(
        &mut self,
        tx: &mut AccountTx,
        store_id: StoreId,
        outside_ids: &[Arc<str>],
        countries: impl FnOnce() -> Vec<&'c str>,
    ) -> DbResult<Vec<Option<CustomerId>>> {
        if self.0.len() > REMEMBERED {
            self.0.clear();
        }
        self.look_up(tx, store_id, outside_ids).await?;
        if self.unknown(outside_ids).next().is_some() {
            self.write_missing(tx, store_id, outside_ids, &countries())
                .await?;
        }
        outside_ids
            .iter()
            .map(|outside_id| {
                let known = self.0.get(outside_id).copied();
                if known.is_none() && !outside_id.is_empty() {
                    return Err(Error::internal("a customer was not written").into());
                }
                Ok(known)
            })
            .collect()
    }

    async fn look_up(
        &mut self,
        tx: &mut AccountTx,
        store_id: StoreId,
        outside_ids: &[Arc<str>],
    ) -> DbResult<()> {
        let unknown: Vec<&str> = self
            .unknown(outside_ids)
            .map(|(_, outside_id)| &**outside_id)
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        for customer in imports::customers_by_outside_id(tx, store_id, unknown).await? {
            let id = customer.id();
            self.0.insert(customer.outside_id.into(), id);
        }
        Ok(())
    }

    fn unknown<'k>(
        &self,
        outside_ids: &'k [Arc<str>],
    ) -> impl Iterator<Item = (usize, &'k Arc<str>)> {
        outside_ids
            .iter()
            .enumerate()
            .filter(|(_, outside_id)| !outside_id.is_empty() && !self.0.contains_key(*outside_id))
    }

    async fn write_missing(
        &mut self,
        tx: &mut AccountTx,
        store_id: StoreId,
        outside_ids: &[Arc<str>],
        countries: &[&str],
    ) -> DbResult<()> {
        let mut new: Vec<NewCustomer<'_>> = self
            .unknown(outside_ids)
            .map(|(number, outside_id)| NewCustomer {
                id: CustomerId::new(),
                outside_id,
                country: countries[number],
            })
            .collect();
        // In the order of the key, as everybody who writes customers.
        new.sort_unstable_by_key(|customer| customer.outside_id);
        let inserted = imports::insert_customers(tx, store_id, &new).await?;
        if inserted < new.len() {
            return self.look_up(tx, store_id, outside_ids).await;
        }
        for customer in new {
            self.0.insert(customer.outside_id.into(), customer.id);
        }
        Ok(())
    }
}
