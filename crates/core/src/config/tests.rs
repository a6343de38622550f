use secrecy::ExposeSecret;

use super::*;

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

const ENOUGH: [(&str, &str); 3] = [
    (
        "DATABASE_URL",
        "postgres://suite:p%40ss@localhost/suite?sslmode=disable",
    ),
    ("REDIS_URL", "redis://localhost:6379"),
    ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
];

fn load(extra: &[(&str, &str)]) -> Result<Settings, ConfigFaults> {
    Settings::from_variables(variables(&[&ENOUGH, extra].concat()), Purpose::Api)
}

#[test]
fn the_defaults_with_three_urls_and_keys_are_enough() {
    let settings = load(&[]).unwrap();
    assert_eq!(settings.http.port, 8080);
    assert_eq!(settings.http.host, "127.0.0.1");
    assert_eq!(settings.worker.served_queues(), Queue::ALL);
    assert_eq!(settings.redis.url.expose_secret(), "redis://localhost:6379");
}

use crate::job::Queue;

#[test]
fn a_given_port_opens_the_server_to_the_platform() {
    let settings = load(&[("PORT", "5000")]).unwrap();
    assert_eq!(
        (settings.http.host.as_str(), settings.http.port),
        ("0.0.0.0", 5000)
    );
}

#[test]
fn the_long_name_wins_over_the_plain_one() {
    let settings = load(&[
        ("PORT", "5000"),
        ("SUITE__HTTP__PORT", "6000"),
        ("SUITE__HTTP__HOST", "::1"),
    ])
    .unwrap();
    assert_eq!(
        (settings.http.host.as_str(), settings.http.port),
        ("::1", 6000)
    );
}

#[test]
fn lists_are_written_with_commas() {
    let settings = load(&[("WORKER_QUEUES", "email, reports")]).unwrap();
    assert_eq!(
        settings.worker.served_queues(),
        [Queue::Email, Queue::Reports]
    );
}

#[test]
fn what_holds_jobs_is_read_and_checked() {
    let settings = load(&[
        ("SUITE__JOBS__QUEUE_LIMITS", "email=10, reports=2"),
        ("SUITE__JOBS__SERVICE_RATES", "sendgrid=600/60"),
    ])
    .unwrap();
    assert_eq!(settings.jobs.limits().most("queue:reports"), Some(2));
    assert_eq!(settings.jobs.rates().of("sendgrid").unwrap().burst, 60);
    let faults = load(&[
        ("SUITE__JOBS__ACCOUNT_LIMITS", "emial=1"),
        ("SUITE__JOBS__SERVICE_RATES", "sendgrid=fast"),
    ])
    .unwrap_err()
    .to_string();
    assert!(
        faults.contains("emial") && faults.contains("sendgrid=fast"),
        "{faults}"
    );
}

#[test]
fn all_faults_are_told_together_and_no_secret_is_shown() {
    let faults = Settings::from_variables(
        variables(&[
            ("DATABASE_URL", "mysql://hunter2@x"),
            ("SECRET_KEY", "hunter2"),
            ("PORT", "hunter2"),
            ("SUITE__HTTP__COLOUR", "hunter2"),
            ("WORKER_QUEUES", "emial"),
        ]),
        Purpose::Api,
    )
    .unwrap_err()
    .to_string();
    for part in [
        "DATABASE_URL",
        "REDIS_URL",
        "SECRET_KEY",
        "PORT",
        "SUITE__HTTP__COLOUR",
        "emial",
    ] {
        assert!(faults.contains(part), "{part} is missing in {faults}");
    }
    assert!(!faults.contains("hunter2"), "{faults}");
    assert!(!faults.contains('\n'));
}

#[test]
fn a_secret_can_come_from_a_file() {
    let path = std::env::temp_dir().join(format!("suite-config-{}", uuid::Uuid::now_v7()));
    std::fs::write(&path, "fedcba9876543210fedcba9876543210\n").unwrap();
    let settings = load(&[("SUITE__SECURITY__SECRET_KEY_FILE", path.to_str().unwrap())]).unwrap();
    assert_eq!(
        settings.security.secret_key.expose_secret(),
        "fedcba9876543210fedcba9876543210"
    );
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_command_needs_no_secret_key() {
    let database = variables(&[("DATABASE_URL", "postgresql://localhost/suite")]);
    assert!(Settings::from_variables(database, Purpose::Command).is_ok());
}

fn beside_the_workspace(path: &str) -> String {
    let workspace = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(workspace.join(path)).unwrap()
}

#[test]
fn the_readme_and_the_sample_name_every_plain_variable_and_no_other() {
    let known: Vec<&str> = PLAIN_NAMES.iter().map(|(name, _)| *name).collect();
    let readme = beside_the_workspace("README.md");
    let rows = readme
        .lines()
        .filter(|line| line.starts_with("| `") && line.contains("` | `"));
    let in_readme: Vec<(&str, &str)> = rows
        .filter_map(|line| {
            let mut cells = line.split('`').skip(1).step_by(2);
            Some((cells.next()?, cells.next()?))
        })
        .filter(|(_, setting)| setting.contains('.'))
        .collect();
    assert_eq!(in_readme, PLAIN_NAMES);
    let sample = beside_the_workspace(".env.sample");
    let mut in_sample: Vec<&str> = sample
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('=').map(|(name, _)| name))
        .collect();
    in_sample.sort_unstable();
    assert_eq!(in_sample, known);
}
