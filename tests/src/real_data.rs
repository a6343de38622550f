use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use flate2::read::GzDecoder;

/// A retailer's real invoices, which are not ours to keep: they lie beside the project, or not.
const FILE: &str = "../../shared/data/online-retail-2010-2011.csv.gz";

const SHOPIFY: &str = "../../shared/data/shopify-csv";

/// Returns the header and the first `lines` lines of the real file; says so when it is not there, and returns nothing.
///
/// # Panics
/// When the file is there and broken.
#[must_use]
#[allow(
    clippy::print_stderr,
    reason = "a test that proves nothing must say so"
)]
pub fn real_invoices(lines: usize) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let Ok(file) = File::open(&path) else {
        eprintln!(
            "NOT TESTED: the real invoices are not at {}",
            path.display()
        );
        return None;
    };
    let mut reader = BufReader::new(GzDecoder::new(file));
    let mut text = String::new();
    for _ in 0..=lines {
        if reader.read_line(&mut text).expect("a whole file") == 0 {
            break;
        }
    }
    Some(text)
}

/// Returns one of Shopify's public exports of products; says so when it is not there, and returns nothing.
#[must_use]
#[allow(
    clippy::print_stderr,
    reason = "a test that proves nothing must say so"
)]
pub fn shopify_export(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{SHOPIFY}/{name}.csv"));
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("NOT TESTED: no export is at {}", path.display());
    }
    text
}
