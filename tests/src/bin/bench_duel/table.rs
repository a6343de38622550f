use std::{collections::BTreeMap, io::Write};

use crate::{
    figure::{Figure, Outcome, percentile},
    system::System,
};

/// All that was measured.
#[derive(Default)]
pub(crate) struct Table(BTreeMap<(Figure, System), Vec<Outcome>>);

impl Table {
    pub(crate) fn add(&mut self, figure: Figure, system: System, outcome: Outcome) {
        self.0.entry((figure, system)).or_default().push(outcome);
    }

    /// Writes the medians, and how ours compares with the faster of BullMQ's two ports.
    pub(crate) fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(
            out,
            "\n| Figure | Number | Ours | Rounds | BullMQ, Rust port | BullMQ, Node | Celery | apalis-redis | Ours / better BullMQ |"
        )?;
        writeln!(
            out,
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
        )?;
        for figure in Figure::ALL {
            for name in self.names(figure) {
                self.write_row(out, figure, &name)?;
            }
        }
        Ok(())
    }

    fn write_row(&self, out: &mut impl Write, figure: Figure, name: &str) -> std::io::Result<()> {
        let ours = self.values(figure, System::Ours, name);
        let spread = match (ours.first(), ours.last()) {
            (Some(least), Some(most)) => format!("{} to {}", short(*least), short(*most)),
            _ => String::new(),
        };
        write!(
            out,
            "| {} | {name} | {} | {spread}",
            figure.name(),
            self.cell(figure, System::Ours, name)
        )?;
        for system in &System::ALL[1..] {
            write!(out, " | {}", self.cell(figure, *system, name))?;
        }
        let bullmq = [System::BullmqPort, System::Bullmq]
            .into_iter()
            .filter_map(|system| median(&self.values(figure, system, name)));
        let better = if name == "per_second" {
            bullmq.reduce(f64::max)
        } else {
            bullmq.reduce(f64::min)
        };
        let ratio = match (median(&ours), better) {
            (Some(ours), Some(better)) if better.abs() > 1e-9 => format!("{:.2}", ours / better),
            _ => String::new(),
        };
        writeln!(out, " | {ratio} |")
    }

    fn names(&self, figure: Figure) -> Vec<String> {
        let mut names = Vec::new();
        for ((of, _), outcomes) in &self.0 {
            for outcome in outcomes {
                if let Outcome::Figures(numbers) = outcome
                    && *of == figure
                {
                    names.extend(numbers.keys().cloned());
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The values of all rounds, in order of size.
    fn values(&self, figure: Figure, system: System, name: &str) -> Vec<f64> {
        let outcomes = self.0.get(&(figure, system)).into_iter().flatten();
        let mut values: Vec<f64> = outcomes
            .filter_map(|outcome| match outcome {
                Outcome::Figures(numbers) => numbers.get(name).copied(),
                Outcome::Failed(_) => None,
            })
            .collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    fn cell(&self, figure: Figure, system: System, name: &str) -> String {
        if let Some(median) = median(&self.values(figure, system, name)) {
            return short(median);
        }
        let outcomes = self.0.get(&(figure, system));
        match outcomes.and_then(|outcomes| outcomes.first()) {
            Some(Outcome::Failed(reason)) => reason.clone(),
            _ => "–".to_owned(),
        }
    }
}

fn median(sorted: &[f64]) -> Option<f64> {
    (!sorted.is_empty()).then(|| percentile(sorted, 50))
}

fn short(number: f64) -> String {
    if number.abs() >= 100.0 {
        format!("{number:.0}")
    } else {
        format!("{number:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::numbers;

    #[test]
    fn the_median_of_ours_is_set_against_the_faster_bullmq() {
        let mut table = Table::default();
        for (system, rates) in [
            (System::Ours, [30.0, 10.0, 20.0]),
            (System::BullmqPort, [4.0, 5.0, 6.0]),
            (System::Bullmq, [1.0, 2.0, 3.0]),
        ] {
            for rate in rates {
                let outcome = Outcome::Figures(numbers([("per_second", rate)]));
                table.add(Figure::Drain, system, outcome);
            }
        }
        let failed = Outcome::Failed("not within 120 s".to_owned());
        table.add(Figure::Drain, System::StockApalis, failed);
        let mut written = Vec::new();
        table.write(&mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        let row = "| drain | per_second | 20.00 | 10.00 to 30.00 | 5.00 | 2.00 | – | not within 120 s | 4.00 |";
        assert!(written.contains(row), "{written}");
    }
}
