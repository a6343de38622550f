use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::{Decimal, dec, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};

use super::inverse_normal;
use crate::error::{Error, FieldFault, Result};

/// How far back sales are read: two years, so that a season can be told from chance.
pub const HISTORY_DAYS: u32 = 728;

/// The most SKUs that a request may leave out.
const EXCLUDED_LIMIT: usize = 1_000;

/// What an analysis goes by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisParams {
    /// The last day whose sales and stock count, in the store's days.
    pub as_of: NaiveDate,
    /// Days up to `as_of` from which demand is taken.
    pub look_back_days: u32,
    /// The chance, in percent, that stock lasts until a delivery arrives.
    pub service_level: Decimal,
    /// Days from order to shelf, where no vendor says otherwise.
    pub lead_time_days: u32,
    /// Days until orders are looked at again.
    pub review_days: u32,
    /// Stock for more days than these is too much.
    pub overstock_days: u32,
    /// Stock without a sale for these days is dead.
    pub dead_days: u32,
    /// What it costs to keep stock for a year, in percent of its cost.
    pub holding_rate: Decimal,
    /// SKUs that are no merchandise, beside those of the store.
    pub excluded_skus: BTreeSet<String>,
}

/// What somebody wants of it; what is `None` is as usual.
#[derive(Debug, Clone, Default)]
pub struct AnalysisWishes {
    /// See [`AnalysisParams::look_back_days`]: 7 to 364, 91 as usual (13 weeks).
    pub look_back_days: Option<u32>,
    /// See [`AnalysisParams::service_level`]: 50 to 99.99, 95 as usual.
    pub service_level: Option<Decimal>,
    /// See [`AnalysisParams::lead_time_days`]: 0 to 365, 14 as usual.
    pub lead_time_days: Option<u32>,
    /// See [`AnalysisParams::review_days`]: 0 to 180, 7 as usual.
    pub review_days: Option<u32>,
    /// See [`AnalysisParams::overstock_days`]: 1 to 3650, 180 as usual.
    pub overstock_days: Option<u32>,
    /// See [`AnalysisParams::dead_days`]: 1 to 728, 90 as usual.
    pub dead_days: Option<u32>,
    /// See [`AnalysisParams::holding_rate`]: 0 to 100, 25 as usual.
    pub holding_rate: Option<Decimal>,
    /// See [`AnalysisParams::excluded_skus`]: none as usual.
    pub excluded_skus: Vec<String>,
}

impl AnalysisParams {
    /// Returns the usual terms for stock as of a day.
    #[must_use]
    pub fn usual(as_of: NaiveDate) -> Self {
        Self {
            as_of,
            look_back_days: 91,
            service_level: dec!(95),
            lead_time_days: 14,
            review_days: 7,
            overstock_days: 180,
            dead_days: 90,
            holding_rate: dec!(25),
            excluded_skus: BTreeSet::new(),
        }
    }

    /// Takes what is wished for and tells all its faults at once.
    ///
    /// # Errors
    /// [`Error::Invalid`] with a fault for each field out of bounds.
    pub fn with(as_of: NaiveDate, wishes: AnalysisWishes) -> Result<Self> {
        let usual = Self::usual(as_of);
        let mut faults = Faults(Vec::new());
        let params = Self {
            as_of,
            look_back_days: faults.days(
                "look_back_days",
                wishes.look_back_days,
                usual.look_back_days,
                (7, 364),
            ),
            service_level: faults.percent(
                "service_level",
                wishes.service_level,
                usual.service_level,
                (dec!(50), dec!(99.99)),
            ),
            lead_time_days: faults.days(
                "lead_time_days",
                wishes.lead_time_days,
                usual.lead_time_days,
                (0, 365),
            ),
            review_days: faults.days(
                "review_days",
                wishes.review_days,
                usual.review_days,
                (0, 180),
            ),
            overstock_days: faults.days(
                "overstock_days",
                wishes.overstock_days,
                usual.overstock_days,
                (1, 3_650),
            ),
            dead_days: faults.days(
                "dead_days",
                wishes.dead_days,
                usual.dead_days,
                (1, HISTORY_DAYS),
            ),
            holding_rate: faults.percent(
                "holding_rate",
                wishes.holding_rate,
                usual.holding_rate,
                (dec!(0), dec!(100)),
            ),
            excluded_skus: wishes.excluded_skus.into_iter().collect(),
        };
        if params.excluded_skus.len() > EXCLUDED_LIMIT {
            faults.add("excluded_skus", format!("must be at most {EXCLUDED_LIMIT}"));
        }
        if faults.0.is_empty() {
            Ok(params)
        } else {
            Err(Error::Invalid { faults: faults.0 })
        }
    }

    /// Returns the z of the service level: 1.6449 for 95 %.
    #[must_use]
    pub fn z(&self) -> f64 {
        inverse_normal(self.service_level.to_f64().unwrap_or(50.0) / 100.0)
    }
}

struct Faults(Vec<FieldFault>);

impl Faults {
    fn add(&mut self, field: &str, message: String) {
        self.0.push(FieldFault {
            field: field.to_owned(),
            message,
        });
    }

    fn days(
        &mut self,
        field: &str,
        wish: Option<u32>,
        usual: u32,
        (least, most): (u32, u32),
    ) -> u32 {
        let days = wish.unwrap_or(usual);
        if !(least..=most).contains(&days) {
            self.add(field, format!("must be from {least} to {most}"));
        }
        days
    }

    fn percent(
        &mut self,
        field: &str,
        wish: Option<Decimal>,
        usual: Decimal,
        (least, most): (Decimal, Decimal),
    ) -> Decimal {
        let percent = wish.unwrap_or(usual);
        if percent < least || percent > most {
            self.add(field, format!("must be from {least} to {most}"));
        }
        percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_of() -> NaiveDate {
        "2026-03-01".parse().unwrap()
    }

    #[test]
    fn wishes_stand_beside_what_is_usual() {
        let wishes = AnalysisWishes {
            service_level: Some(dec!(99)),
            ..AnalysisWishes::default()
        };
        let params = AnalysisParams::with(as_of(), wishes).unwrap();
        assert_eq!(
            (params.look_back_days, params.service_level),
            (91, dec!(99))
        );
        assert!((params.z() - 2.326_347_87).abs() < 1e-7);
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let wishes = AnalysisWishes {
            look_back_days: Some(6),
            service_level: Some(dec!(100)),
            dead_days: Some(0),
            holding_rate: Some(dec!(-1)),
            ..AnalysisWishes::default()
        };
        let error = AnalysisParams::with(as_of(), wishes).unwrap_err();
        let Error::Invalid { faults } = error else {
            panic!("{error}")
        };
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "look_back_days",
                "service_level",
                "dead_days",
                "holding_rate"
            ]
        );
    }

    #[test]
    fn stored_params_read_back() {
        let params = AnalysisParams::usual(as_of());
        let json = serde_json::to_value(&params).unwrap();
        assert_eq!(json["service_level"], "95");
        assert_eq!(
            serde_json::from_value::<AnalysisParams>(json).unwrap(),
            params
        );
    }
}
