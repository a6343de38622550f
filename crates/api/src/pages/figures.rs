//! The figures of sales, as pages show them.

use suite_core::report::Figures;

use super::display::{count, grouped};

/// The main ones of [`Figures`], with their digits grouped.
#[derive(Debug, Default)]
pub(super) struct FigureTexts {
    pub(super) gross: String,
    pub(super) net: String,
    pub(super) orders: String,
    pub(super) units: String,
    /// Empty where the question makes no sense.
    pub(super) customers: String,
    pub(super) aov: String,
}

impl FigureTexts {
    pub(super) fn new(figures: &Figures) -> Self {
        Self {
            gross: grouped(&figures.gross),
            net: grouped(&figures.net),
            orders: count(figures.orders),
            units: grouped(&figures.units),
            customers: figures.customers.map(count).unwrap_or_default(),
            aov: grouped(&figures.aov),
        }
    }

    /// Figures for tests of templates.
    #[cfg(test)]
    pub(super) fn sample(text: &str) -> Self {
        Self {
            gross: text.to_owned(),
            net: text.to_owned(),
            orders: text.to_owned(),
            units: text.to_owned(),
            customers: text.to_owned(),
            aov: text.to_owned(),
        }
    }
}

/// Says a row of figures in one line, for who points at its bar.
pub(super) fn told(name: &str, figures: &Figures, currency: &str) -> String {
    format!(
        "{name}: {} {currency} gross, {} net, {} orders",
        grouped(&figures.gross),
        grouped(&figures.net),
        count(figures.orders)
    )
}
