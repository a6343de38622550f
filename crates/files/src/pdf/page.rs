use std::fmt::Write;

use super::text::{literal, width};

/// A4 across, in points.
pub(super) const WIDTH: f64 = 842.0;
pub(super) const HEIGHT: f64 = 595.0;
pub(super) const LEFT: f64 = 36.0;
pub(super) const RIGHT: f64 = WIDTH - 36.0;

/// One of the two fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// What is drawn on a page.
#[derive(Default)]
pub(super) struct Page {
    content: String,
}

impl Page {
    /// Writes a text that begins at `x` and stands on `y`.
    pub(super) fn text(&mut self, x: f64, y: f64, size: f64, weight: Weight, text: &str) {
        if text.is_empty() {
            return;
        }
        let font = match weight {
            Weight::Regular => "F1",
            Weight::Bold => "F2",
        };
        let _ = writeln!(
            self.content,
            "BT /{font} {size} Tf {x:.2} {y:.2} Td {} Tj ET",
            literal(text)
        );
    }

    /// Writes a text that ends at `x`.
    pub(super) fn text_right(&mut self, x: f64, y: f64, size: f64, weight: Weight, text: &str) {
        self.text(x - width(text, size, weight), y, size, weight, text);
    }

    /// Fills a rectangle with grey (0 is black) or, below zero, with the colour of charts.
    pub(super) fn fill(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), grey: f64) {
        let colour = if grey < 0.0 {
            "0.16 0.38 0.62 rg".to_owned()
        } else {
            format!("{grey} g")
        };
        let _ = writeln!(
            self.content,
            "{colour} {x:.2} {y:.2} {width:.2} {height:.2} re f 0 g"
        );
    }

    /// Draws a black line.
    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), width: f64) {
        let _ = writeln!(
            self.content,
            "{width} w {x1:.2} {y1:.2} m {x2:.2} {y2:.2} l S"
        );
    }

    /// Draws a thin grey line.
    pub(super) fn hair(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.content.push_str("0.8 G ");
        self.line(from, to, 0.3);
        self.content.push_str("0 G\n");
    }

    /// Draws a line through points, in the colour of charts.
    pub(super) fn curve(&mut self, points: &[(f64, f64)]) {
        self.content.push_str("0.16 0.38 0.62 RG 1.4 w 1 j ");
        for (number, (x, y)) in points.iter().enumerate() {
            let operator = if number == 0 { "m" } else { "l" };
            let _ = write!(self.content, "{x:.2} {y:.2} {operator} ");
        }
        self.content.push_str("S 0 G\n");
    }

    pub(super) fn into_content(self) -> String {
        self.content
    }
}
