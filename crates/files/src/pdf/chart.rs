use rust_decimal::prelude::ToPrimitive;
use suite_core::report::Chart;

use super::{
    SIZE,
    page::{LEFT, Page, RIGHT, Weight},
    text::{fit, width},
};

pub(super) const HEIGHT: f64 = 150.0;
const NAMES: usize = 14;
/// Room for the names of bars.
const NAME: f64 = 170.0;

/// Draws a chart below `top`.
pub(super) fn draw(page: &mut Page, chart: &Chart, top: f64) {
    page.text(LEFT, top - 8.0, SIZE, Weight::Regular, &chart.title);
    let sizes: Vec<f64> = chart
        .points
        .iter()
        .map(|(_, size)| size.to_f64().unwrap_or(0.0))
        .collect();
    if chart.is_line {
        draw_line(page, chart, &sizes, top - 14.0);
    } else {
        draw_bars(page, chart, &sizes, top - 14.0);
    }
}

/// A line over time, with a scale of four lines.
fn draw_line(page: &mut Page, chart: &Chart, sizes: &[f64], top: f64) {
    let highest = sizes.iter().copied().fold(0.0, f64::max);
    let lowest = sizes.iter().copied().fold(0.0, f64::min);
    let step = step(highest - lowest);
    let (low, high) = (
        (lowest / step).floor() * step,
        (highest / step).ceil().max(1.0) * step,
    );
    let (left, bottom) = (LEFT + 52.0, top - HEIGHT + 30.0);
    let y_of = |size: f64| bottom + (size - low) / (high - low) * (top - bottom - 4.0);
    let mut line = low;
    while line <= high + step / 2.0 {
        page.hair((left, y_of(line)), (RIGHT, y_of(line)));
        page.text_right(
            left - 6.0,
            y_of(line) - 2.5,
            SIZE,
            Weight::Regular,
            &short(line),
        );
        line += step;
    }
    let gap = (RIGHT - left) / counted(sizes.len());
    let x_of = |at: usize| left + gap * (counted(at) + 0.5);
    let points: Vec<(f64, f64)> = sizes
        .iter()
        .enumerate()
        .map(|(at, size)| (x_of(at), y_of(*size)))
        .collect();
    page.curve(&points);
    for (at, (name, _)) in chart
        .points
        .iter()
        .enumerate()
        .step_by(sizes.len().div_ceil(NAMES))
    {
        let wide = width(name, SIZE, Weight::Regular);
        let x = (x_of(at) - wide / 2.0).min(RIGHT - wide);
        page.text(x, bottom - 12.0, SIZE, Weight::Regular, name);
    }
}

/// Bars from left to right, the largest first.
fn draw_bars(page: &mut Page, chart: &Chart, sizes: &[f64], top: f64) {
    let highest = sizes.iter().copied().fold(0.0, f64::max);
    let height = (HEIGHT - 20.0) / counted(sizes.len().max(4));
    let left = LEFT + NAME;
    for (at, ((name, exact), size)) in chart.points.iter().zip(sizes).enumerate() {
        let y = top - height * (counted(at) + 1.0);
        let name = fit(name, SIZE, Weight::Regular, NAME - 8.0);
        page.text(LEFT, y + height * 0.3, SIZE, Weight::Regular, &name);
        let room = RIGHT - left - 70.0;
        let length = if highest > 0.0 {
            size.max(0.0) / highest * room
        } else {
            0.0
        };
        page.fill((left, y + height * 0.1), (length, height * 0.75), -1.0);
        let told = super::cell_text(suite_core::report::Cell::Money(*exact));
        page.text(
            left + length + 5.0,
            y + height * 0.3,
            SIZE,
            Weight::Regular,
            &told,
        );
    }
}

/// Returns a round distance, so that about four of them make `range`.
fn step(range: f64) -> f64 {
    if range <= 0.0 {
        return 1.0;
    }
    let rough = range / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .map(|round| round * power)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power)
}

fn short(value: f64) -> String {
    let (scaled, unit) = match value.abs() {
        1e9.. => (value / 1e9, "bn"),
        1e6.. => (value / 1e6, "M"),
        1e3.. => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = format!("{scaled:.2}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

fn counted(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}
