//! What the operator's command line reads and steers: accounts, jobs, queues, workers and the server itself, across all
//! accounts. Everything here takes a [`FleetTx`](crate::FleetTx).

pub mod accounts;
pub mod audit;
pub mod jobs;
pub mod load;
pub mod queues;
pub mod server;
pub mod stores;
pub mod vitals;
pub mod workers;

/// Returns the `ILIKE` pattern that finds `text` anywhere, taken literally.
fn contains_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_stand_for_themselves() {
        assert_eq!(contains_pattern("100%_\\"), "%100\\%\\_\\\\%");
    }
}
