//! What dashboards and rules ask for is measured.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use super::{read, root};

/// Collects the names that the code gives to metrics.
fn metrics_of_the_code() -> BTreeSet<String> {
    let (mut names, mut folders) = (BTreeSet::new(), vec![root().join("crates")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                for part in text.split("metrics::").skip(1) {
                    let Some((_, behind)) = part.split_once("!(") else {
                        continue;
                    };
                    let name = behind
                        .trim_start()
                        .strip_prefix('"')
                        .and_then(|name| name.split_once('"'));
                    names.extend(name.map(|(name, _)| name.to_owned()));
                }
            }
        }
    }
    names
}

#[test]
fn every_metric_is_measured() {
    let known = metrics_of_the_code();
    assert!(known.contains("queue_depth_jobs"), "{known:?}");
    let board: Value = serde_json::from_str(&read("deploy/grafana/board.json")).unwrap();
    let panels = board["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().unwrap());
    let mut queries: Vec<String> = targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect();
    let rules = read("deploy/prometheus/alerts.yaml");
    queries.extend(
        rules
            .lines()
            .filter_map(|line| Some(line.split_once("expr: ")?.1.to_owned())),
    );
    assert!(queries.len() > 20);
    for query in queries {
        let mut named = 0;
        for word in query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            if !word.contains('_') || word == "histogram_quantile" {
                continue;
            }
            let name = word.strip_suffix("_bucket").unwrap_or(word);
            assert!(known.contains(name), "{name} in {query}");
            named += 1;
        }
        assert!(named > 0, "{query}");
    }
}
