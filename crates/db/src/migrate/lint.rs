//! Reads every migration and refuses what would hold up traffic, or break the old version that still serves.

use std::{fs, path::Path};

/// Older ones ran before there was any traffic.
const SINCE: &str = "2026-11-29";

struct Text {
    name: String,
    up: String,
    down: String,
    runs_in_transaction: bool,
}

fn all() -> Vec<Text> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut texts: Vec<Text> = fs::read_dir(root)
        .unwrap()
        .map(|entry| {
            let folder = entry.unwrap().path();
            let read = |file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
            Text {
                name: folder.file_name().unwrap().to_string_lossy().into_owned(),
                up: read("up.sql"),
                down: read("down.sql"),
                runs_in_transaction: !read("metadata.toml").contains("run_in_transaction = false"),
            }
        })
        .collect();
    texts.sort_by(|a, b| a.name.cmp(&b.name));
    texts
}

/// Takes comments away, and writes what is left in capitals with single blanks.
fn statements(sql: &str) -> Vec<String> {
    let lines = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or_default());
    let text = lines.collect::<Vec<_>>().join(" ");
    // Bodies of functions run when they are called.
    let text: String = text.split("$$").step_by(2).collect::<Vec<_>>().join(" ");
    let words = |statement: &str| {
        statement
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .to_uppercase()
    };
    text.split(';')
        .map(words)
        .filter(|statement| !statement.is_empty())
        .collect()
}

/// Returns the word behind `key`.
fn word_after(statement: &str, key: &str) -> Option<String> {
    let rest = statement.split(key).nth(1)?;
    let word = rest
        .trim_start()
        .trim_start_matches("ONLY ")
        .split([' ', '('])
        .next()?;
    Some(word.to_owned())
}

/// Returns what is wrong with a migration.
fn faults(text: &Text) -> Vec<String> {
    let mut faults = Vec::new();
    let statements = statements(&text.up);
    let made: Vec<String> = statements
        .iter()
        .filter_map(|s| word_after(s, "CREATE TABLE "))
        .collect();
    let is_new = |table: Option<String>| table.is_some_and(|table| made.contains(&table));
    // What takes something away says that no running version uses it any more.
    let contracts = text.up.contains("-- Contract:");
    for s in &statements {
        let mut refuse = |why: &str| faults.push(format!("{why}: {s}"));
        let is_index = s.starts_with("CREATE INDEX") || s.starts_with("CREATE UNIQUE INDEX");
        if is_index && !s.contains("CONCURRENTLY") && !is_new(word_after(s, " ON ")) {
            refuse("an index of a table that may be large is made CONCURRENTLY");
        }
        if s.contains("CONCURRENTLY") && (text.runs_in_transaction || statements.len() > 1) {
            refuse(
                "what runs CONCURRENTLY is alone in its migration, with run_in_transaction = false",
            );
        }
        if s.starts_with("ALTER TABLE") && !is_new(word_after(s, "ALTER TABLE ")) {
            for part in s.split(',') {
                let adds = part.contains("ADD COLUMN");
                if adds && part.contains("NOT NULL") && !part.contains("DEFAULT") {
                    refuse("old code writes no such column: give it a default");
                }
                // A default that is made for each row rewrites the table.
                if adds
                    && ["RANDOM", "CLOCK_TIMESTAMP", "UUID("]
                        .iter()
                        .any(|word| part.contains(word))
                {
                    refuse("such a default rewrites the table");
                }
                if part.contains(" TYPE ") || part.contains(" SET NOT NULL") {
                    refuse("reads or rewrites the whole table under a lock");
                }
                let constrains = part.contains("FOREIGN KEY")
                    || (part.contains("ADD CONSTRAINT") && part.contains("CHECK"));
                if constrains && !s.contains("NOT VALID") {
                    refuse("add it NOT VALID, and VALIDATE it in the next migration");
                }
                if part.contains("ADD CONSTRAINT") && part.contains("UNIQUE (") {
                    refuse("make the index CONCURRENTLY, then add the constraint USING INDEX");
                }
                if !contracts && (part.contains("DROP COLUMN") || part.contains("RENAME")) {
                    refuse(
                        "old code still reads it; when none does, say so in a comment \"-- Contract: …\"",
                    );
                }
            }
        }
        if !contracts && s.starts_with("DROP TABLE") {
            refuse(
                "old code still reads it; when none does, say so in a comment \"-- Contract: …\"",
            );
        }
        if ["LOCK TABLE", "VACUUM FULL", "CLUSTER ", "REINDEX "]
            .iter()
            .any(|word| s.starts_with(word))
        {
            refuse("holds up everybody");
        }
        if s.starts_with("UPDATE ") && !is_new(word_after(s, "UPDATE ")) && !s.contains("WHERE") {
            refuse("fill columns in batches, by a job");
        }
    }
    if !text.up.starts_with("-- Why: ") {
        faults.push("begins with no \"-- Why: \"".to_owned());
    }
    if text.down.trim().is_empty() {
        faults.push("has no way down".to_owned());
    }
    faults
}

#[test]
fn no_migration_holds_up_traffic_or_breaks_the_version_that_serves() {
    let texts = all();
    assert!(texts.len() > 20);
    let faults: Vec<String> = texts
        .iter()
        .filter(|text| text.name.as_str() >= SINCE)
        .flat_map(|text| {
            faults(text)
                .into_iter()
                .map(|fault| format!("{}: {fault}", text.name))
        })
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn what_would_hold_up_traffic_is_found() {
    let check = |up: &str, runs_in_transaction| {
        let text = Text {
            name: String::new(),
            up: format!("-- Why: for a test.\n{up}"),
            down: "SELECT 1".to_owned(),
            runs_in_transaction,
        };
        faults(&text).len()
    };
    for bad in [
        "CREATE INDEX i ON orders (total);",
        "CREATE UNIQUE INDEX i ON orders (total);",
        "CREATE INDEX CONCURRENTLY i ON orders (total);",
        "ALTER TABLE orders ADD COLUMN a text NOT NULL;",
        "ALTER TABLE orders ADD COLUMN a uuid DEFAULT gen_random_uuid();",
        "ALTER TABLE orders ALTER COLUMN a TYPE bigint;",
        "ALTER TABLE orders ALTER COLUMN a SET NOT NULL;",
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0);",
        "ALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES b (a);",
        "ALTER TABLE orders DROP COLUMN a;",
        "DROP TABLE orders;",
        "UPDATE orders SET a = 1;",
        "LOCK TABLE orders;",
    ] {
        assert_eq!(check(bad, true), 1, "{bad}");
    }
    assert_eq!(
        check("CREATE INDEX CONCURRENTLY i ON a (b); SELECT 1;", false),
        1
    );
    for good in [
        "CREATE TABLE a (b text NOT NULL); CREATE INDEX i ON a (b); ALTER TABLE a ADD CONSTRAINT c CHECK (b <> '');",
        "ALTER TABLE orders ADD COLUMN a text NOT NULL DEFAULT '', ADD COLUMN b text;",
        "ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0) NOT VALID;",
        "-- Contract: version 4 reads it no more.\nALTER TABLE orders DROP COLUMN a;",
        "SELECT grant_table('a');",
    ] {
        assert_eq!(check(good, true), 0, "{good}");
    }
    assert_eq!(
        check("CREATE INDEX CONCURRENTLY i ON orders (total);", false),
        0
    );
}

#[test]
fn every_migration_has_a_version_of_its_own() {
    let names: Vec<String> = all().into_iter().map(|text| text.name).collect();
    // What stands before the first underscore; of two with the same one only the first would ever run.
    let version = |name: &str| name.split('_').next().map(str::to_owned);
    for pair in names.windows(2) {
        assert_ne!(version(&pair[0]), version(&pair[1]), "{pair:?}");
    }
}
