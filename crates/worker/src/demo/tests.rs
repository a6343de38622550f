use std::collections::{HashMap, HashSet};

use super::*;

fn plan() -> Plan {
    Plan {
        seed: 1,
        until: NaiveDate::from_ymd_opt(2026, 11, 24)
            .unwrap()
            .and_hms_opt(17, 30, 0)
            .unwrap(),
        days: 365,
        variants: 3_000,
        orders: 24_000,
    }
}

fn write(plan: Plan) -> (String, Written) {
    let mut out = Vec::new();
    let written = plan.write(&mut out).unwrap();
    (String::from_utf8(out).unwrap(), written)
}

fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[test]
fn the_same_seed_gives_the_same_bytes_in_every_version() {
    let small = Plan {
        days: 40,
        variants: 50,
        orders: 400,
        ..plan()
    };
    let (text, _) = write(small);
    assert_eq!(text, write(small).0);
    assert_eq!(fnv(&text), 4_892_991_685_011_376_614, "{}", &text[..800]);
    assert_ne!(text, write(Plan { seed: 2, ..small }).0);
}

#[test]
fn plans_that_overlap_agree_on_the_days_they_share() {
    let (today, _) = write(plan());
    let (tomorrow, _) = write(Plan {
        until: plan().until + TimeDelta::days(1),
        ..plan()
    });
    // Sales of shared days are equal; what came back early on may have been bought before the later plan began.
    let sales = |text: &str| -> HashSet<String> {
        text.lines()
            .filter(|line| line.contains(",2026-") && !line.starts_with('C'))
            .map(str::to_owned)
            .collect()
    };
    assert!(sales(&today).is_subset(&sales(&tomorrow)));
}

#[test]
fn a_year_looks_like_a_shop() {
    let (text, written) = write(plan());
    assert!(written.orders > 20_000, "{written:?}");
    assert!((4..30).contains(&written.broken), "{written:?}");
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len() as u64, written.lines);
    let whole: Vec<&csv::StringRecord> = rows.iter().filter(|row| row.len() == 8).collect();
    assert!(
        whole
            .windows(2)
            .filter(|pair| pair[0][4] > pair[1][4])
            .count()
            < 30,
        "in the order of time"
    );
    let credit_notes = whole.iter().filter(|row| row[0].starts_with('C')).count();
    assert!((1_000..6_000).contains(&credit_notes), "{credit_notes}");
    let notes = whole.iter().filter(|row| &row[5] == "0.00").count();
    assert!((300..900).contains(&notes), "{notes}");
    let countries: HashSet<&str> = whole.iter().map(|row| &row[7]).collect();
    assert!(countries.len() > 10, "{countries:?}");
    let mut orders_of: HashMap<&str, HashSet<&str>> = HashMap::new();
    for row in whole.iter().filter(|row| !row[6].is_empty()) {
        orders_of.entry(&row[6]).or_default().insert(&row[0]);
    }
    let repeat = orders_of.values().filter(|orders| orders.len() > 1).count();
    assert!(
        repeat * 2 > orders_of.len(),
        "{repeat} of {} come back",
        orders_of.len()
    );
}

#[test]
fn nothing_happens_after_the_last_moment() {
    let plan = Plan { days: 3, ..plan() };
    let (text, _) = write(Plan {
        orders: 300,
        ..plan
    });
    let last = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(",2026-").nth(1))
        .max()
        .unwrap();
    assert!(last < "11-24 17:30:01", "{last}");
    assert!(last > "11-24", "{last}");
}

#[test]
fn lines_of_one_invoice_have_one_time_and_one_customer() {
    let (text, _) = write(Plan {
        days: 30,
        orders: 2_000,
        ..plan()
    });
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut seen: HashMap<String, (String, String)> = HashMap::new();
    for row in reader
        .records()
        .map(Result::unwrap)
        .filter(|row| row.len() == 8 && !row[0].is_empty())
    {
        if row[4].contains("-02-30") {
            continue;
        }
        let facts = (row[4].to_owned(), row[6].to_owned());
        assert_eq!(
            seen.entry(row[0].to_owned())
                .or_insert_with(|| facts.clone()),
            &facts,
            "{row:?}"
        );
    }
}
