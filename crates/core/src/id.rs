//! Typed ids, so that an order's id can never stand where a store's is wanted. All are UUIDv7: they sort by time.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new id that sorts after all ids made before by this process.
            #[must_use]
            #[allow(clippy::new_without_default, reason = "a default id would look like a value and be a new one each time")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// Returns when the id was made, by the clock of whoever made it, if it is a UUIDv7.
            #[must_use]
            pub fn made_at(self) -> Option<DateTime<Utc>> {
                let (seconds, nanoseconds) = self.0.get_timestamp()?.to_unix();
                DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanoseconds)
            }

            /// Returns the plain UUID, for the database and for formats.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A merchant: the tenant to which every row belongs.
    AccountId,
    /// A person who logs in for an account.
    UserId,
    /// A program's bearer token.
    ApiTokenId,
    /// A shop of an account.
    StoreId,
    /// A report that comes by itself, again and again.
    ReportScheduleId,
    /// A mail.
    MailId,
    /// A place where stock lies.
    LocationId,
    /// What a merchant sells, in all its variants.
    ProductId,
    /// One sellable form of a product: what an SKU names.
    VariantId,
    /// A buyer, known by the id that the source gives.
    CustomerId,
    /// An invoice, a credit note or a shop order.
    OrderId,
    /// One change of a stock level.
    StockMovementId,
    /// An adjustment, a count, a transfer or a receipt of stock.
    StockDocumentId,
    /// From whom stock is bought.
    VendorId,
    /// An order to a vendor.
    PurchaseOrderId,
    /// An analysis of a store's stock.
    AnalysisId,
    /// One comparison of the ledger with the levels.
    StockCheckId,
    /// An uploaded file and what came of it.
    ImportId,
    /// A report that was asked for.
    ReportId,
    /// A unit of background work.
    JobId,
    /// Jobs that belong together.
    BatchId,
    /// One start of a worker process.
    WorkerId,
    /// An entry of the audit log.
    AuditId,
}

impl AccountId {
    /// The owner of jobs that serve the operator and no merchant.
    pub const OPERATOR: Self = Self(Uuid::nil());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_sort_later() {
        let ids: Vec<OrderId> = (0..1_000).map(|_| OrderId::new()).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_id_survives_text_and_json() {
        let id = StoreId::new();
        assert_eq!(id.to_string().parse::<StoreId>().unwrap(), id);
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(serde_json::from_str::<StoreId>(&json).unwrap(), id);
    }
}
