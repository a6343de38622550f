//! The names of time zones that are offered while typing.

use std::sync::LazyLock;

static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    chrono_tz::TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        // `Europe/London` and its like; old abbreviations are understood and not offered.
        .filter(|name| *name == "UTC" || name.contains('/') && !name.starts_with("Etc/"))
        .collect()
});

/// Returns all names that are offered, in order.
pub(super) fn all() -> &'static [&'static str] {
    &NAMES
}
