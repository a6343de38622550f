use std::collections::BTreeMap;

use chrono::NaiveDate;
use suite_core::{
    Error,
    invoice_lines::{BrokenFile, Buyer, VariantDay},
    sales::Measures,
    store_time::month_of,
};
use suite_db::{
    DbResult,
    imports::{self, Checkpoint, REJECTS_LIMIT},
    sales_rollups,
};

use super::{Staged, Target, count, movements};
use crate::import::control::{Control, Halt};

/// Writes what depends on the batches before, moves the checkpoint, and commits; returns the new checkpoint.
pub(in crate::import) async fn finish<C: Control>(
    mut staged: Staged,
    target: &Target,
    checkpoint: Checkpoint,
    control: &C,
) -> Result<Checkpoint, Halt<C::Stop>> {
    let tx = &mut staged.tx;
    let (added, unchanged) = movements::write(tx, target, &staged.movements).await?;
    staged.added += added;
    staged.unchanged += unchanged;
    if checkpoint.rows_rejected + count(staged.rejects.len()) > REJECTS_LIMIT {
        return Err(Halt::Broken(BrokenFile::TooManyRejects {
            limit: REJECTS_LIMIT,
        }));
    }
    if !staged.rejects.is_empty() {
        imports::keep_rejects(tx, target.import_id, &staged.rejects).await?;
    }
    add_up(&mut staged, target).await?;
    let behind = staged.behind(checkpoint);
    let mut tx = staged.tx;
    // Last, because the job's row is held from here to the commit.
    control.fence(&mut tx).await.map_err(Halt::Stopped)?;
    if !imports::advance(&mut tx, target.import_id, checkpoint, behind).await? {
        return Err(Error::internal("somebody else moved the checkpoint of this import").into());
    }
    tx.commit().await?;
    control.written().await;
    Ok(behind)
}

async fn add_up(staged: &mut Staged, target: &Target) -> DbResult<()> {
    let Staged {
        tx,
        by_buyer,
        by_variant,
        has_moved_orders,
        ..
    } = staged;
    let changes: Vec<((NaiveDate, Buyer<&str>), Measures)> = by_buyer
        .iter()
        .map(|((day, buyer), measures)| {
            let buyer = Buyer {
                country: &*buyer.country,
                customer_id: buyer.customer_id,
            };
            ((*day, buyer), *measures)
        })
        .collect();
    let months = by_month(by_variant);
    sales_rollups::add_daily_sales(tx, target.store_id, &changes).await?;
    sales_rollups::add_daily_product_sales(tx, target.store_id, by_variant).await?;
    sales_rollups::add_monthly_product_sales(tx, target.store_id, &months).await?;
    if *has_moved_orders {
        let by_buyer = changes.iter().map(|((day, _), _)| *day);
        let mut days: Vec<NaiveDate> = by_buyer
            .chain(by_variant.iter().map(|(key, _)| key.day))
            .collect();
        days.sort_unstable();
        days.dedup();
        let mut months: Vec<NaiveDate> = months.iter().map(|(key, _)| key.day).collect();
        months.dedup();
        sales_rollups::clear_zeros(tx, target.store_id, &days, &months).await?;
    }
    Ok(())
}

fn by_month(by_day: &[(VariantDay, Measures)]) -> Vec<(VariantDay, Measures)> {
    let mut months: BTreeMap<VariantDay, Measures> = BTreeMap::new();
    for (key, measures) in by_day {
        let month = VariantDay {
            day: month_of(key.day),
            variant_id: key.variant_id,
        };
        *months.entry(month).or_default() += *measures;
    }
    months.retain(|_, measures| !measures.is_zero());
    months.into_iter().collect()
}
