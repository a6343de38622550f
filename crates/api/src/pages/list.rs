//! What all lists have in common.

use serde::{Deserialize, Serialize};
use suite_core::id::StoreId;

use crate::{extract::Page, problem::ApiResult};

/// The filter of lists that show one store's things.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfStore {
    pub(super) store_id: Option<StoreId>,
}

/// Cuts the row off that was read to see whether there are more, and returns the address of the next page.
pub(super) fn next_page<T, K: Serialize>(
    page: &Page,
    rows: &mut Vec<T>,
    key: impl Fn(&T) -> K,
) -> ApiResult<Option<String>> {
    let cursor = page.cut(rows, key)?;
    Ok(cursor.map(|cursor| page.address(&cursor)))
}
