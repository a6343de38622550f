use std::{collections::HashMap, sync::Arc};

use suite_core::{
    Error,
    id::{CustomerId, StoreId},
};
use suite_db::{
    AccountTx, DbResult,
    imports::{self, NewCustomer},
};

use crate::import::batch::Batch;

/// More customers are looked up again.
const REMEMBERED: usize = 100_000;

/// The customers that this import has met.
#[derive(Debug, Default)]
pub(super) struct Customers(HashMap<Arc<str>, CustomerId>);

impl Customers {
    /// Returns each customer of the batch by the number of the outside id; an empty one names nobody.
    pub(super) async fn resolve(
        &mut self,
        tx: &mut AccountTx,
        store_id: StoreId,
        batch: &Batch,
    ) -> DbResult<Vec<Option<CustomerId>>> {
        if self.0.len() > REMEMBERED {
            self.0.clear();
        }
        let outside_ids = batch.customers.texts();
        self.look_up(tx, store_id, outside_ids).await?;
        self.write_missing(tx, store_id, batch).await?;
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
        batch: &Batch,
    ) -> DbResult<()> {
        let outside_ids = batch.customers.texts();
        let mut countries = vec![None; outside_ids.len()];
        for line in &batch.lines {
            countries[line.customer as usize].get_or_insert(line.country);
        }
        let mut new: Vec<NewCustomer<'_>> = self
            .unknown(outside_ids)
            .map(|(number, outside_id)| NewCustomer {
                id: CustomerId::new(),
                outside_id,
                country: countries[number].map_or("", |country| batch.countries.get(country)),
            })
            .collect();
        if new.is_empty() {
            return Ok(());
        }
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
