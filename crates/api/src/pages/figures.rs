//! The figures of sales, as pages show them.

use suite_core::report::Figures;

use super::display::{count, grouped};

/// [`Figures`] with their digits grouped.
#[derive(Debug, Default)]
pub(super) struct FigureTexts {
    pub(super) gross: String,
    pub(super) discounts: String,
    pub(super) returns: String,
    pub(super) adjustments: String,
    pub(super) net: String,
    pub(super) tax: String,
    pub(super) shipping: String,
    pub(super) total: String,
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
            discounts: grouped(&figures.discounts),
            returns: grouped(&figures.returns),
            adjustments: grouped(&figures.adjustments),
            net: grouped(&figures.net),
            tax: grouped(&figures.tax),
            shipping: grouped(&figures.shipping),
            total: grouped(&figures.total),
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
            discounts: text.to_owned(),
            returns: text.to_owned(),
            adjustments: text.to_owned(),
            net: text.to_owned(),
            tax: text.to_owned(),
            shipping: text.to_owned(),
            total: text.to_owned(),
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
