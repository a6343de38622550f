use std::{collections::BTreeMap, str::FromStr};

use chrono::{DateTime, Months, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::Subscription;
use crate::money::Currency;

/// Why what an account pays a month has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It pays for the first time.
    New,
    /// It pays more.
    Expansion,
    /// It pays less.
    Contraction,
    /// It pays nothing any more.
    Churn,
    /// It pays again after it had stopped.
    Reactivation,
}

impl ChangeKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::New,
        Self::Expansion,
        Self::Contraction,
        Self::Churn,
        Self::Reactivation,
    ];

    /// Returns the word in rows and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Expansion => "expansion",
            Self::Contraction => "contraction",
            Self::Churn => "churn",
            Self::Reactivation => "reactivation",
        }
    }
}

/// The text is no kind of change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown change of revenue {0:?}")]
pub struct UnknownChange(pub String);

impl FromStr for ChangeKind {
    type Err = UnknownChange;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| UnknownChange(text.to_owned()))
    }
}

/// A change of what an account pays a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevenueChange {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub kind: ChangeKind,
    /// In which currency.
    pub currency: Currency,
    /// What it paid a month before.
    pub before: Decimal,
    /// What it pays a month from then on.
    pub after: Decimal,
}

/// Follows what an account pays.
#[derive(Default)]
pub(super) struct Revenue {
    present: BTreeMap<Currency, Decimal>,
    has_paid: bool,
    changes: Vec<RevenueChange>,
}

impl Revenue {
    pub(super) fn note<'a>(
        &mut self,
        at: DateTime<Utc>,
        subscriptions: impl Iterator<Item = &'a Subscription>,
    ) {
        let mut now: BTreeMap<Currency, Decimal> = BTreeMap::new();
        for (currency, amount) in subscriptions.filter_map(Subscription::revenue) {
            *now.entry(currency).or_default() += amount;
        }
        let had_paid = self.has_paid;
        let currencies = now.keys().chain(self.present.keys()).copied();
        let mut currencies: Vec<Currency> = currencies.collect();
        currencies.sort_unstable();
        currencies.dedup();
        for currency in currencies {
            let amount = |sums: &BTreeMap<Currency, Decimal>| {
                sums.get(&currency).copied().unwrap_or_default()
            };
            let (before, after) = (amount(&self.present), amount(&now));
            if before == after {
                continue;
            }
            let kind = match (before.is_zero(), after.is_zero()) {
                (true, _) if had_paid => ChangeKind::Reactivation,
                (true, _) => ChangeKind::New,
                (_, true) => ChangeKind::Churn,
                _ if after > before => ChangeKind::Expansion,
                _ => ChangeKind::Contraction,
            };
            self.has_paid = true;
            self.changes.push(RevenueChange {
                at,
                kind,
                currency,
                before,
                after,
            });
        }
        self.present = now;
    }

    pub(super) fn into_changes(self) -> Vec<RevenueChange> {
        self.changes
    }
}

/// What the changes of a kind in a month come to, over all accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevenueSum {
    /// In which currency.
    pub currency: Currency,
    /// The first day of the month.
    pub month: NaiveDate,
    /// Which changes.
    pub kind: ChangeKind,
    /// Their sum, with its sign.
    pub amount: Decimal,
}

/// How the revenue a month in one currency has moved in one month: `opening` and the five kinds add up to `closing`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevenueMonth {
    /// The first day of the month.
    pub month: NaiveDate,
    /// At its beginning.
    pub opening: Decimal,
    /// By kind, with its sign, in the order of [`ChangeKind::ALL`].
    pub moved: [Decimal; 5],
    /// At its end, or now.
    pub closing: Decimal,
}

impl RevenueMonth {
    /// Returns what changes of a kind came to, with its sign.
    #[must_use]
    pub fn moved_by(&self, kind: ChangeKind) -> Decimal {
        self.moved[kind as usize]
    }
}

/// Lays the sums of all time out by currency and month, from `first` to `last`, months without a change included.
#[must_use]
pub fn by_month(
    sums: &[RevenueSum],
    first: NaiveDate,
    last: NaiveDate,
) -> BTreeMap<Currency, Vec<RevenueMonth>> {
    let mut currencies: BTreeMap<Currency, Vec<RevenueMonth>> = BTreeMap::new();
    for currency in sums.iter().map(|sum| sum.currency) {
        currencies.entry(currency).or_default();
    }
    for (currency, months) in &mut currencies {
        let own = || sums.iter().filter(|sum| sum.currency == *currency);
        let before = own().filter(|sum| sum.month < first);
        let mut opening: Decimal = before.map(|sum| sum.amount).sum();
        let mut month = first;
        while month <= last {
            let moved = ChangeKind::ALL.map(|kind| {
                let here = own().filter(|sum| sum.month == month && sum.kind == kind);
                here.map(|sum| sum.amount).sum()
            });
            let closing = opening + moved.iter().sum::<Decimal>();
            months.push(RevenueMonth {
                month,
                opening,
                moved,
                closing,
            });
            opening = closing;
            let Some(next) = month.checked_add_months(Months::new(1)) else {
                break;
            };
            month = next;
        }
    }
    currencies
}
