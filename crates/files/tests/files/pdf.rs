//! Printable pages, read back by their own table of objects.

use std::io::Read;

use flate2::read::ZlibDecoder;
use suite_core::report::{TableFile, write_report};
use suite_files::PdfFile;

use super::sample;

/// Returns the drawing of each page, found through the table at the end and the tree of pages.
fn pages(pdf: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(pdf);
    assert!(text.starts_with("%PDF-1.7") && text.ends_with("%%EOF\n"));
    let begin: usize = text
        .rsplit("startxref\n")
        .next()
        .unwrap()
        .lines()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let table = std::str::from_utf8(&pdf[begin..]).unwrap();
    assert!(table.starts_with("xref\n0 "));
    let places: Vec<usize> = table
        .lines()
        .skip(2)
        .take_while(|line| !line.starts_with("trailer"))
        .map(|line| {
            assert_eq!(line.len(), 19, "each line has twenty bytes with its end");
            line[..10].parse().unwrap()
        })
        .collect();
    let object = |number: usize| {
        let object = &pdf[places[number]..];
        assert!(object.starts_with(format!("{number} 0 obj\n").as_bytes()));
        object
    };
    let word_after = |object: &[u8], name: &str| -> String {
        let text = String::from_utf8_lossy(&object[..object.len().min(4_000)]).into_owned();
        let rest = text
            .split(name)
            .nth(1)
            .unwrap_or_else(|| panic!("{name} in {text}"))
            .trim_start()
            .to_owned();
        rest.split([' ', ']', '\n']).next().unwrap().to_owned()
    };
    let root: usize = word_after(&pdf[begin..], "/Root").parse().unwrap();
    let tree: usize = word_after(object(root), "/Pages").parse().unwrap();
    let tree = String::from_utf8_lossy(object(tree)).into_owned();
    let kids = tree.split('[').nth(1).unwrap().split(']').next().unwrap();
    kids.split(" 0 R")
        .filter_map(|kid| kid.trim().parse().ok())
        .map(|kid| {
            let stream = object(word_after(object(kid), "/Contents").parse().unwrap());
            let length: usize = word_after(stream, "/Length").parse().unwrap();
            let from = stream
                .windows(7)
                .position(|bytes| bytes == b"stream\n")
                .unwrap()
                + 7;
            let mut drawing = String::new();
            ZlibDecoder::new(&stream[from..from + length])
                .read_to_string(&mut drawing)
                .unwrap();
            drawing
        })
        .collect()
}

/// Returns the texts of a page, in the order in which they were written.
fn texts(page: &str) -> Vec<String> {
    page.lines()
        .filter_map(|line| {
            line.strip_suffix(" Tj ET")?
                .split_once(" Td (")
                .map(|(_, text)| text)
        })
        .map(|text| {
            text.strip_suffix(')')
                .unwrap()
                .replace("\\(", "(")
                .replace("\\)", ")")
        })
        .collect()
}

#[test]
fn a_printed_report_has_its_totals_its_tables_and_its_charts() {
    let mut file = PdfFile::new();
    write_report(&sample::revenue(), "Revenue", "Café (main)", &mut file).unwrap();
    let pages = pages(&file.take());
    let texts: Vec<String> = pages.iter().flat_map(|page| texts(page)).collect();
    assert_eq!(texts[0], "Revenue");
    assert_eq!(
        texts[1],
        "Caf\\351 (main), 2011-01-01 to 2011-02-28, amounts in GBP"
    );
    for expected in [
        "1,244.567",
        "\\22621.50",
        "Months",
        "2011-01",
        "Products",
        "=1+1 <b>",
        "Total",
        "Page 1",
    ] {
        assert!(
            texts.iter().any(|text| text == expected),
            "{expected} in {texts:?}"
        );
    }
    // A column of zeros is left out, and the months are a line.
    assert!(!texts.iter().any(|text| text == "Tax"), "{texts:?}");
    assert!(pages[0].contains("0.16 0.38 0.62 RG") && pages[1].contains("0.16 0.38 0.62 rg"));
}

#[test]
fn a_long_table_goes_on_with_its_header_on_numbered_pages_and_says_where_it_ends() {
    let mut outcome = sample::revenue();
    let row = outcome.series[&sample::PRODUCT][0].clone();
    let rows = (0..2_100).map(|number| {
        let mut row = row.clone();
        row.key = format!("K{number}");
        row
    });
    outcome.series.insert(sample::PRODUCT, rows.collect());
    let mut file = PdfFile::new();
    write_report(&outcome, "Revenue", "Shop", &mut file).unwrap();
    let pages = pages(&file.take());
    assert!(pages.len() > 40, "{}", pages.len());
    for (number, page) in (1..).zip(&pages) {
        let texts = texts(page);
        assert!(texts.contains(&format!("Page {number}")), "{texts:?}");
        assert!(
            texts.iter().any(|text| text == "Gross"),
            "page {number}: {texts:?}"
        );
    }
    let all: Vec<String> = pages.iter().flat_map(|page| texts(page)).collect();
    assert!(all.contains(&"K1999".to_owned()) && !all.contains(&"K2000".to_owned()));
    let told = "The first 2000 of 2100 rows. The spreadsheet has all of them.";
    assert!(all.iter().any(|text| text == told));
}

#[test]
fn nothing_is_drawn_outside_of_the_page() {
    let mut outcome = sample::revenue();
    for row in outcome.series.get_mut(&sample::PRODUCT).unwrap() {
        row.label = "W".repeat(300);
        row.key = ")Tj (".repeat(40);
        row.figures.gross = "12345678901234567890.123456".to_owned();
    }
    let mut file = PdfFile::new();
    write_report(&outcome, &"T".repeat(30), &"S ".repeat(300), &mut file).unwrap();
    for page in pages(&file.take()) {
        for line in page.lines().filter(|line| line.starts_with("BT")) {
            let numbers: Vec<f64> = line
                .split(' ')
                .filter_map(|word| word.parse().ok())
                .collect();
            let (x, y) = (numbers[1], numbers[2]);
            assert!(
                (30.0..812.0).contains(&x) && (20.0..580.0).contains(&y),
                "{line}"
            );
        }
    }
}

#[test]
fn a_note_is_broken_into_lines() {
    let mut file = PdfFile::new();
    let outcome = sample::revenue();
    file.begin(&outcome.file_head("Order", "Mill")).unwrap();
    file.paragraph(&"word ".repeat(300)).unwrap();
    file.finish().unwrap();
    let pages = pages(&file.take());
    assert!(
        texts(&pages[0])
            .iter()
            .filter(|text| text.starts_with("word word"))
            .count()
            > 5
    );
}
