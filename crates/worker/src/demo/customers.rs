//! Who buys: some often, most once or twice, and some without saying who they are.

use super::{
    random::{Random, running_sums},
    words::COUNTRIES,
};

/// A buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Customer {
    /// Empty when the till does not know.
    pub(super) id: String,
    pub(super) country: &'static str,
    /// Buys for a shop of their own: more of each thing, a little cheaper.
    pub(super) is_trade: bool,
}

/// Everybody who buys.
pub(super) struct Customers {
    customers: Vec<Customer>,
    sums: Vec<u64>,
}

const FIRST_NUMBER: usize = 10_001;

impl Customers {
    /// Makes up about one customer for four orders.
    pub(super) fn make(random: &mut Random, orders: u32) -> Self {
        let countries = running_sums(COUNTRIES.iter().map(|(_, weight)| *weight));
        let count = usize::try_from(orders / 4).unwrap_or(0).max(1);
        let customers = (0..count)
            .map(|index| Customer {
                id: (FIRST_NUMBER + index).to_string(),
                country: COUNTRIES[random.weighted(&countries).min(COUNTRIES.len() - 1)].0,
                is_trade: random.chance(6, 100),
            })
            .collect();
        // Nearly flat, with regulars at the top.
        let sums = running_sums((0..count as u64).map(|index| 1_000_000_000 / (index + 400)));
        Self { customers, sums }
    }

    /// Draws who buys now.
    pub(super) fn pick(&self, random: &mut Random) -> Customer {
        let customer = &self.customers[random.weighted(&self.sums).min(self.customers.len() - 1)];
        let mut customer = customer.clone();
        // A guest's order has no number on it.
        if !customer.is_trade && random.chance(14, 100) {
            customer.id.clear();
        }
        customer
    }
}
