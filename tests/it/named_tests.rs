//! The documents name the test that holds each promise: it must be there.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Returns the last parts of the names in backticks that look like those of tests: sentences of four words or more.
fn named_in(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let names = quoted.map(|name| name.rsplit("::").next().unwrap_or(name));
    let is_sentence = |name: &&str| {
        let is_name = name
            .chars()
            .all(|letter| letter == '_' || letter.is_ascii_lowercase());
        is_name && name.matches('_').count() >= 3
    };
    names.filter(is_sentence).collect()
}

#[test]
fn every_test_that_a_document_names_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    files_below(&tests.join("it"), &mut files);
    // Rules are tested beside their code.
    files_below(&tests.join("../crates"), &mut files);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    let code: Vec<String> = files
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let mut names = 0;
    for document in ["../docs/JOBS.md", "it/jobs/regressions.rs"] {
        let text = fs::read_to_string(tests.join(document)).unwrap();
        for name in named_in(&text) {
            names += 1;
            let function = format!("fn {name}(");
            assert!(
                code.iter().any(|code| code.contains(&function)),
                "{document} names {name}, and there is no such test"
            );
        }
    }
    assert!(names > 30, "only {names} names were found");
}
