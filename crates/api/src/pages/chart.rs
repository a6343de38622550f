//! Bar charts as SVG, drawn on the server: they need no script to be read, and none can be smuggled in.

use super::display::drawn;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 220.0;
/// Room for the numbers of the scale.
const LEFT: f64 = 64.0;
const TOP: f64 = 12.0;
/// Room for the names of the bars.
const BOTTOM: f64 = 26.0;
/// So many names fit below the bars.
const NAMES: usize = 13;
/// More bars than pixels cannot be told apart.
const BARS_MAX: usize = 400;

/// What one bar stands for.
#[derive(Debug, Clone)]
pub(super) struct Point {
    /// The name below it.
    pub(super) name: String,
    /// The exact number, as text.
    pub(super) value: String,
    /// What is said about it when somebody points at it.
    pub(super) told: String,
}

/// A chart with all its places worked out.
#[derive(Debug, Default)]
pub(super) struct BarChart {
    /// What it shows, for those who do not see it.
    pub(super) summary: String,
    pub(super) bars: Vec<Bar>,
    pub(super) names: Vec<Name>,
    pub(super) scale: Vec<Tick>,
}

/// One bar, with the column around it in which it can be pointed at.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) width: String,
    pub(super) height: String,
    pub(super) column_x: String,
    pub(super) column_width: String,
    pub(super) told: String,
}

/// A name below the bars.
#[derive(Debug)]
pub(super) struct Name {
    pub(super) x: String,
    pub(super) text: String,
}

/// A line of the scale.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) y: String,
    pub(super) text_y: String,
    pub(super) text: String,
}

impl BarChart {
    /// Draws the points from left to right; nothing when there are none, or more than can be told apart.
    pub(super) fn new(summary: String, points: &[Point]) -> Option<Self> {
        if points.is_empty() || points.len() > BARS_MAX {
            return None;
        }
        let values: Vec<f64> = points
            .iter()
            .map(|point| drawn(&point.value).max(0.0))
            .collect();
        let step = step(values.iter().copied().fold(0.0, f64::max));
        let lines = ticks_needed(values.iter().copied().fold(0.0, f64::max), step);
        let top = step * f64::from(lines);
        let height_of = |value: f64| value / top * (HEIGHT - TOP - BOTTOM);
        let column = (WIDTH - LEFT) / counted(points.len());
        let gap = if column > 8.0 {
            column * 0.28
        } else {
            column * 0.1
        };
        let bars = points
            .iter()
            .zip(&values)
            .enumerate()
            .map(|(at, (point, value))| {
                let left = LEFT + column * counted(at);
                let height = height_of(*value);
                Bar {
                    x: place(left + gap / 2.0),
                    y: place(HEIGHT - BOTTOM - height),
                    width: place(column - gap),
                    height: place(height),
                    column_x: place(left),
                    column_width: place(column),
                    told: point.told.clone(),
                }
            });
        let every = points.len().div_ceil(NAMES);
        let names = points
            .iter()
            .enumerate()
            .step_by(every)
            .map(|(at, point)| Name {
                x: place(LEFT + column * (counted(at) + 0.5)),
                text: point.name.clone(),
            });
        Some(Self {
            summary,
            bars: bars.collect(),
            names: names.collect(),
            scale: (0..=lines)
                .map(|line| tick(step * f64::from(line), height_of))
                .collect(),
        })
    }
}

fn tick(value: f64, height_of: impl Fn(f64) -> f64) -> Tick {
    let y = HEIGHT - BOTTOM - height_of(value);
    Tick {
        y: place(y),
        text_y: place(y + 4.0),
        text: short(value),
    }
}

/// Returns a round distance between lines, so that about four of them reach `highest`.
fn step(highest: f64) -> f64 {
    if highest <= 0.0 {
        return 1.0;
    }
    let rough = highest / 4.0;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|round| round * power)
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power)
}

fn ticks_needed(highest: f64, step: f64) -> u32 {
    (1..=10)
        .find(|lines| step * f64::from(*lines) >= highest)
        .unwrap_or(10)
}

/// Writes a number of the scale: round by construction, so one decimal and a unit lose nothing.
fn short(value: f64) -> String {
    let (value, unit) = match value {
        1e9.. => (value / 1e9, "bn"),
        1e6.. => (value / 1e6, "M"),
        1e3.. => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}{unit}")
}

/// Tenths of a pixel are fine enough.
fn place(value: f64) -> String {
    format!("{value:.1}")
}

fn counted(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::from(u32::MAX), f64::from)
}

/// Returns the width of a bar of `part` beside one of `largest`, in percent, for tables.
pub(super) fn share(part: &str, largest: &str) -> String {
    let (part, largest) = (drawn(part), drawn(largest));
    if largest <= 0.0 {
        return "0".to_owned();
    }
    place((part / largest * 100.0).clamp(0.0, 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: &[&str]) -> Option<BarChart> {
        let points: Vec<Point> = values
            .iter()
            .map(|value| Point {
                name: "n".to_owned(),
                value: (*value).to_owned(),
                told: String::new(),
            })
            .collect();
        BarChart::new("s".to_owned(), &points)
    }

    #[test]
    fn the_scale_is_round_and_covers_the_highest_bar() {
        let texts = |values: &[&str]| -> Vec<String> {
            let scale = chart(values).unwrap().scale;
            scale.into_iter().map(|tick| tick.text).collect()
        };
        assert_eq!(
            texts(&["339876.49", "10"]),
            ["0", "100k", "200k", "300k", "400k"]
        );
        assert_eq!(texts(&["0.07"]), ["0", "0.02", "0.04", "0.06", "0.08"]);
        assert_eq!(texts(&["0"]), ["0", "1"]);
        assert_eq!(texts(&["9747747.93"]), ["0", "2.5M", "5M", "7.5M", "10M"]);
    }

    #[test]
    fn a_bar_never_leaves_the_chart() {
        let chart = chart(&["-5", "0", "100"]).unwrap();
        let heights: Vec<&str> = chart.bars.iter().map(|bar| bar.height.as_str()).collect();
        assert_eq!(heights, ["0.0", "0.0", "182.0"]);
    }

    #[test]
    fn nothing_and_too_much_are_not_drawn() {
        assert!(chart(&[]).is_none());
        assert!(chart(&vec!["1"; 401]).is_none());
        assert_eq!(chart(&vec!["1"; 400]).unwrap().names.len(), 13);
    }

    #[test]
    fn a_share_lies_between_nothing_and_all() {
        assert_eq!(share("25", "200"), "12.5");
        assert_eq!(share("-1", "200"), "0.0");
        assert_eq!(share("1", "0"), "0");
    }
}
