//! Reads the few tags of S3's answers that are looked for. They hold text or other tags, and no tag within its own kind.

/// Returns what stands in the first `tag`.
pub(super) fn first(document: &str, tag: &str) -> Option<String> {
    find(document, tag).map(|(content, _)| unescape(content))
}

/// Returns what stands in each `tag`, as it is written there.
pub(super) fn all(document: &str, tag: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), document);
    while let Some((content, behind)) = find(rest, tag) {
        found.push(content.to_owned());
        rest = behind;
    }
    found
}

fn find<'a>(document: &'a str, tag: &str) -> Option<(&'a str, &'a str)> {
    let (_, behind) = document.split_once(&format!("<{tag}>"))?;
    behind.split_once(&format!("</{tag}>"))
}

fn unescape(text: &str) -> String {
    // The ampersand last, or it would make new ones.
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_wherever_they_stand() {
        let answer = "<R><Contents><Key>a&amp;lt;b</Key></Contents><Contents><Key>c</Key></Contents><N>7</N></R>";
        let keys: Vec<_> = all(answer, "Contents")
            .iter()
            .filter_map(|entry| first(entry, "Key"))
            .collect();
        assert_eq!(keys, ["a&lt;b", "c"]);
        assert_eq!(first(answer, "N").as_deref(), Some("7"));
        assert_eq!(first(answer, "Missing"), None);
        assert_eq!(first("<Key>cut", "Key"), None);
    }
}
