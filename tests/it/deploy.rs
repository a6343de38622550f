//! The files by which the programs are deployed: every command, variable, path, metric and page that they name exists, and every
//! grace period is long enough.

mod image;
mod metrics;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use clap::Parser;
use suite_core::{
    alert::AlertKind,
    config::{PLAIN_NAMES, Purpose, Settings},
    job::Queue,
};
use suite_worker::cli::Arguments;

/// Read by other programs than ours.
const FOREIGN: &[&str] = &["POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB"];
/// What a worker answers at `METRICS_ADDR`.
const PROBES: &[&str] = &["/health", "/ready", "/metrics"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below `deploy`, and those that platforms want at the root, but for prose.
fn files() -> Vec<(String, String)> {
    let mut names: Vec<String> = ["Procfile", "app.json", "render.yaml"]
        .map(str::to_owned)
        .to_vec();
    let mut folders = vec!["deploy".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                folders.push(name);
            } else if !name.ends_with(".md") {
                names.push(name);
            }
        }
    }
    names.sort();
    assert!(names.len() > 15, "{names:?}");
    names
        .into_iter()
        .map(|name| (name.clone(), read(&name)))
        .collect()
}

/// Cuts a text into words at everything that cannot be in one.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-./:@%{}$".contains(c)))
        .filter(|word| !word.is_empty())
}

#[test]
fn every_command_is_one_that_the_programs_take() {
    let mut seen = BTreeSet::new();
    for (name, text) in files() {
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with(['#', '/']))
        {
            let found: Vec<&str> = words(line)
                .map(|word| word.rsplit('/').next().unwrap_or(word))
                .collect();
            let Some(start) = found
                .iter()
                .position(|word| matches!(*word, "suite-api" | "suite-worker" | "suitectl"))
            else {
                continue;
            };
            // Names of things in a cluster are no calls.
            if ![
                "command",
                "Command",
                "args",
                "ExecStart",
                "CMD",
                "HEALTHCHECK",
                "release:",
                "web:",
                "worker_",
            ]
            .iter()
            .any(|call| line.contains(call))
            {
                continue;
            }
            let call = &found[start..];
            match call[0] {
                "suitectl" => {
                    Arguments::try_parse_from(call)
                        .unwrap_or_else(|error| panic!("{name}: {line}: {error}"));
                }
                "suite-worker" => match call.get(1..) {
                    Some([]) => {}
                    Some(["--queue", queues, ..]) => {
                        // The template of systemd stands for any.
                        let named = line.split("--queue").nth(1).unwrap_or_default();
                        let named =
                            named.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '%');
                        for queue in named.split(',').filter(|queue| *queue != "%i") {
                            queue
                                .parse::<Queue>()
                                .unwrap_or_else(|error| panic!("{name}: {queues}: {error}"));
                        }
                    }
                    other => panic!("{name}: {other:?}"),
                },
                _ => assert_eq!(call.len(), 1, "{name}: {line}"),
            }
            seen.insert(call[0].to_owned());
        }
    }
    assert_eq!(seen.len(), 3, "{seen:?}");
}

#[test]
fn every_variable_is_a_setting() {
    let known: BTreeSet<&str> = PLAIN_NAMES
        .iter()
        .map(|(name, _)| *name)
        .chain(FOREIGN.iter().copied())
        .collect();
    let mut seen = BTreeSet::new();
    for (name, text) in files()
        .into_iter()
        .filter(|(name, _)| !name.ends_with("Dockerfile"))
    {
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
        {
            for word in words(line) {
                let word = word.trim_matches(|c: char| !(c.is_ascii_uppercase() || c == '_'));
                let is_shouted = word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
                if !is_shouted || !word.contains('_') || word.starts_with('_') {
                    continue;
                }
                let variable = word.strip_suffix("_FILE").unwrap_or(word);
                assert!(known.contains(variable), "{name}: {variable} in {line}");
                seen.insert(variable.to_owned());
            }
        }
    }
    for needed in ["DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEY"] {
        assert!(seen.contains(needed), "{needed}");
    }
}

#[test]
fn every_path_is_served() {
    let served: Vec<&str> = suite_api::ROUTES
        .iter()
        .map(|(path, _)| *path)
        .chain(PROBES.iter().copied())
        .collect();
    let mut seen = 0;
    for (name, text) in files() {
        for line in text.lines() {
            let Some((_, path)) = [
                "path: ",
                "healthCheckPath: ",
                "\"path\": \"",
                "url: http://suite-web",
            ]
            .iter()
            .find_map(|key| line.split_once(key))
            .filter(|(_, path)| path.starts_with('/')) else {
                continue;
            };
            let path: String = path
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || "/_-".contains(*c))
                .collect();
            assert!(served.contains(&path.as_str()), "{name}: {path}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
    // What KEDA reads of the answer.
    let scaling = read("deploy/k8s/scaling.yaml");
    for line in scaling
        .lines()
        .filter_map(|line| line.split_once("valueLocation: "))
    {
        let parts: Vec<&str> = line.1.split('.').collect();
        assert!(
            parts.len() == 3 && parts[0] == "queues" && parts[2] == "oldest_age_seconds",
            "{parts:?}"
        );
        parts[1].parse::<Queue>().unwrap();
    }
}

#[test]
fn every_alert_has_a_page_and_every_page_an_alert() {
    let rules = read("deploy/prometheus/alerts.yaml");
    let mut expected: BTreeSet<String> = AlertKind::ALL
        .iter()
        .map(|kind| format!("{}.md", kind.name()))
        .collect();
    for line in rules.lines().filter(|line| line.contains("runbook: ")) {
        let page = line.split("runbook: deploy/runbooks/").nth(1).unwrap();
        expected.insert(page.trim_end_matches([' ', '}']).to_owned());
    }
    let count = |text: &str| rules.matches(text).count();
    assert_eq!(count("- alert: "), count("runbook: "));
    let pages = fs::read_dir(root().join("deploy/runbooks")).unwrap();
    let pages: BTreeSet<String> = pages
        .map(|page| page.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(pages, expected);
    for page in pages {
        let text = read(&format!("deploy/runbooks/{page}"));
        check_commands(&page, &text);
        for link in words(&text).filter(|word| word.ends_with(".md") || word.ends_with(".md.")) {
            let link = link.trim_end_matches('.');
            let place = if link.contains('/') {
                link.to_owned()
            } else {
                format!("deploy/runbooks/{link}")
            };
            assert!(root().join(&place).exists(), "{page}: {link}");
        }
    }
}

/// Makes sure that `suitectl` takes every call that stands in backquotes.
fn check_commands(page: &str, text: &str) {
    for call in text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|call| call.starts_with("suitectl "))
    {
        let call: Vec<String> = call
            .split_whitespace()
            .map(|word| {
                match word {
                    "ID" | "STORE_ID" => "0190d3c8-7c00-7000-8000-000000000001",
                    "NAME" if call.contains("queues") => "reports",
                    "NAME" | "KIND" => "expire_rows",
                    word => word,
                }
                .to_owned()
            })
            .collect();
        Arguments::try_parse_from(&call)
            .unwrap_or_else(|error| panic!("{page}: {call:?}: {error}"));
    }
}

#[test]
fn the_guides_name_commands_variables_and_files_that_exist() {
    for guide in ["docs/DEPLOY.md", "docs/RECOVERY.md", "docs/OPERATIONS.md"] {
        let text = read(guide);
        assert!(text.lines().count() < 200, "{guide}");
        check_paths(guide, &text);
    }
    for guide in ["docs/DEPLOY.md", "docs/RECOVERY.md"] {
        check_commands(guide, &read(guide));
    }
}

fn check_paths(guide: &str, text: &str) {
    for path in words(text).filter(|word| word.starts_with("deploy/")) {
        let path = path.trim_end_matches(['.', ':', '/']);
        assert!(root().join(path).exists(), "{guide}: {path}");
    }
}

fn seconds_after(text: &str, key: &str) -> Vec<u64> {
    let found = text.split(key).skip(1).map(|rest| {
        let digits: String = rest
            .trim_start()
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        digits
            .parse()
            .unwrap_or_else(|_| panic!("{key} has no number"))
    });
    found.collect()
}

#[test]
fn every_platform_waits_longer_for_the_end_than_the_programs_take() {
    let variables = [("DATABASE_URL".to_owned(), "postgres://h/d".to_owned())];
    let settings = Settings::from_variables(variables, Purpose::Command).unwrap();
    let takes = settings
        .worker
        .shutdown_seconds
        .max(settings.http.shutdown_seconds);
    // Heroku ends processes after 30 s, and nobody can change that.
    assert!(takes < 30);
    for (file, key, before) in [
        ("deploy/compose.yaml", "stop_grace_period:", 0),
        ("render.yaml", "maxShutdownDelaySeconds:", 0),
        ("deploy/k8s/web.yaml", "terminationGracePeriodSeconds:", 5),
        (
            "deploy/k8s/workers.yaml",
            "terminationGracePeriodSeconds:",
            0,
        ),
        ("deploy/systemd/suite-api.service", "TimeoutStopSec=", 0),
        ("deploy/systemd/suite-worker@.service", "TimeoutStopSec=", 0),
    ] {
        let given = seconds_after(&read(file), key);
        assert!(!given.is_empty(), "{file}");
        assert!(
            given.iter().all(|given| *given >= takes + before + 5),
            "{file}: {given:?}"
        );
    }
}

#[test]
fn every_queue_is_served_on_every_platform() {
    for file in ["Procfile", "deploy/compose.yaml", "deploy/k8s/workers.yaml"] {
        let text = read(file);
        for queue in Queue::ALL {
            let is_served = text
                .lines()
                .filter(|line| line.contains("--queue"))
                .any(|line| {
                    words(line).any(|word| word == queue.name())
                        || line.contains(&format!(",{}", queue.name()))
                });
            assert!(is_served, "{file}: {queue}");
        }
    }
}
