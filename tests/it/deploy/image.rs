//! The file that the image is built from, as far as it can be held against the checkout without building it.

use std::collections::BTreeSet;

use super::{read, root, words};

/// Which packages of Debian bring the programs that ours start.
const BROUGHT: &[(&str, &str)] = &[
    ("pg_dump", "postgresql-client"),
    ("pg_restore", "postgresql-client"),
    ("tini", "tini"),
    // Part of every Debian.
    ("df", ""),
];

/// Returns the instructions, each on one line, without comments.
fn instructions() -> Vec<String> {
    let text = read("deploy/Dockerfile");
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n");
    let joined = lines.replace("\\\n", " ");
    joined
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

fn all<'a>(lines: &'a [String], word: &str) -> Vec<&'a str> {
    let rest = |line: &'a String| line.strip_prefix(word)?.strip_prefix(' ');
    lines.iter().filter_map(rest).collect()
}

fn one<'a>(lines: &'a [String], word: &str) -> &'a str {
    let found = all(lines, word);
    assert_eq!(found.len(), 1, "{word}: {found:?}");
    found[0]
}

#[test]
fn the_image_is_built_by_the_toolchain_of_the_checkout_on_the_debian_that_it_runs_on() {
    let lines = instructions();
    let stages = all(&lines, "FROM");
    let [build, run] = stages[..] else {
        panic!("{stages:?}");
    };
    let (version, debian) = build
        .strip_prefix("rust:")
        .and_then(|rest| rest.strip_suffix(" AS build")?.split_once('-'))
        .unwrap_or_else(|| panic!("{build}"));
    let toolchain = read("rust-toolchain.toml");
    assert!(
        toolchain.contains(&format!("channel = \"{version}.")),
        "{version}: {toolchain}"
    );
    // What was linked with a newer C library does not start on an older one.
    assert_eq!(run, format!("debian:{debian}-slim"));
}

#[test]
fn the_image_holds_every_program_that_is_started_in_it() {
    let lines = instructions();
    let runs = all(&lines, "RUN");
    let build = runs.iter().find(|run| run.contains("cargo build")).unwrap();
    assert!(build.contains("--release --locked --bins"), "{build}");
    let packages: Vec<&str> = build.split("-p ").skip(1).collect();
    let mut made = BTreeSet::new();
    for package in packages {
        let package = package.split(' ').next().unwrap();
        let manifest = read(&format!(
            "crates/{}/Cargo.toml",
            package.trim_start_matches("suite-")
        ));
        assert!(
            manifest.contains(&format!("name = \"{package}\"")),
            "{package}"
        );
        let bins = manifest.split("[[bin]]\nname = \"").skip(1);
        made.extend(bins.map(|bin| bin.split('"').next().unwrap().to_owned()));
    }
    let kept: BTreeSet<String> = words(build)
        .filter_map(|word| word.strip_prefix("target/release/"))
        .map(str::to_owned)
        .collect();
    assert_eq!(kept, made);
    assert_eq!(one(&lines, "COPY --from=build"), "/out/ /usr/local/bin/");
    let install = runs.iter().find(|run| run.contains("apt-get")).unwrap();
    let installed: BTreeSet<&str> = words(install).collect();
    for call in ["ENTRYPOINT", "CMD", "HEALTHCHECK"] {
        let line = one(&lines, call);
        let program = line.split("[\"").nth(1).unwrap().split('"').next().unwrap();
        let package = BROUGHT.iter().find(|(name, _)| *name == program);
        let is_there = made.contains(program)
            || package.is_some_and(|(_, package)| installed.contains(package));
        assert!(is_there, "{call}: {program}");
    }
    for (program, package) in BROUGHT {
        assert!(
            package.is_empty() || installed.contains(package),
            "{program}"
        );
    }
    // What the worker starts is known here.
    let started = [
        "crates/worker/src/backup",
        "crates/worker/src/jobs/check_invariants",
    ];
    let mut seen = BTreeSet::new();
    for folder in started {
        for file in std::fs::read_dir(root().join(folder)).unwrap() {
            let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
            for (program, _) in BROUGHT {
                if text.contains(&format!("\"{program}\"")) {
                    seen.insert(*program);
                }
            }
        }
    }
    assert_eq!(seen, ["df", "pg_dump", "pg_restore"].into());
}

#[test]
fn the_image_runs_as_the_user_that_the_cluster_asks_for() {
    let lines = instructions();
    let user = one(&lines, "USER");
    assert_ne!(user, "0");
    let install = all(&lines, "RUN").join(" ");
    assert!(install.contains(&format!("useradd --system --uid {user} ")));
    for file in ["web.yaml", "workers.yaml", "migrate.yaml"] {
        let text = read(&format!("deploy/k8s/{file}"));
        let asked = text.matches("runAsUser: ").count();
        assert!(asked > 0, "{file}");
        let same = text.matches(&format!("runAsUser: {user} ")).count();
        assert_eq!(asked, same, "{file}");
    }
}

#[test]
fn nothing_that_the_build_reads_is_left_out_and_no_secret_goes_in() {
    let ignored = read(".dockerignore");
    let ignored: Vec<&str> = ignored.lines().map(str::trim).collect();
    let is_ignored = |path: &str| {
        ignored.iter().any(|pattern| {
            let rest = path.strip_prefix(pattern);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    assert!(
        ignored
            .iter()
            .all(|pattern| !pattern.contains(['*', '!', '?'])),
        "{ignored:?}"
    );
    for left_out in [
        ".env",
        ".git/config",
        ".local/demo-1/secrets",
        "target/debug",
    ] {
        assert!(is_ignored(left_out), "{left_out}");
    }
    let mut pending: Vec<String> = [
        "crates",
        "migrations",
        "tests/src",
        "tests/it",
        "Cargo.toml",
        "Cargo.lock",
    ]
    .map(str::to_owned)
    .into();
    let mut read = 0;
    while let Some(path) = pending.pop() {
        assert!(!is_ignored(&path), "{path}");
        read += 1;
        let place = root().join(&path);
        if place.is_dir() {
            for entry in std::fs::read_dir(place).unwrap() {
                let name = entry.unwrap().file_name();
                pending.push(format!("{path}/{}", name.to_string_lossy()));
            }
        }
    }
    assert!(read > 300, "{read} files");
}
