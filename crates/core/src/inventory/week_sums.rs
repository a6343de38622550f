/// Sums days to whole weeks counted back from the last day; a begun week at the start is left out.
#[must_use]
pub fn week_sums(days: &[f64]) -> Vec<f64> {
    let begun = days.len() % 7;
    days[begun..]
        .chunks_exact(7)
        .map(|week| week.iter().sum())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_end_with_the_last_day() {
        let days: Vec<f64> = (0u8..16).map(f64::from).collect();
        // Days 2 to 8 and 9 to 15.
        assert_eq!(week_sums(&days), [35.0, 84.0]);
        assert!(week_sums(&days[..6]).is_empty());
    }
}
