use std::str::FromStr;

use chrono::{DateTime, Utc};

/// What an account has been given, as kept in its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Plan {
    /// Tries it out, until the trial ends.
    Trial,
    /// Pays, or was given the plan by the operator.
    Pro,
    /// Shut by the operator, whatever is paid.
    Locked,
    /// The operator's own, which belongs to nobody.
    System,
}

impl Plan {
    /// All plans.
    pub const ALL: [Self; 4] = [Self::Trial, Self::Pro, Self::Locked, Self::System];

    /// Returns the word in the row.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Pro => "pro",
            Self::Locked => "locked",
            Self::System => "system",
        }
    }
}

/// The text is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown plan {0:?}")]
pub struct UnknownPlan(pub String);

impl FromStr for Plan {
    type Err = UnknownPlan;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|plan| plan.name() == text)
            .ok_or_else(|| UnknownPlan(text.to_owned()))
    }
}

/// What decides whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// What it has been given.
    pub plan: Plan,
    /// When its trial ends or ended.
    pub trial_ends_at: DateTime<Utc>,
    /// When a plan that is paid ends, if that is known: cancelled, or a payment is open.
    pub access_until: Option<DateTime<Utc>>,
}

/// How an account stands at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// In its trial.
    Trial,
    /// Paid, or given.
    Active,
    /// Usable until a known moment: cancelled, or a payment is open.
    Ending,
    /// Data can be read and taken away, nothing else.
    Locked,
}

impl Standing {
    /// Returns the word in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Active => "active",
            Self::Ending => "ending",
            Self::Locked => "locked",
        }
    }
}

impl Access {
    /// Returns how the account stands at `now`. Nothing has to happen for a lock to fall: it is a matter of time.
    #[must_use]
    pub fn standing(&self, now: DateTime<Utc>) -> Standing {
        match (self.plan, self.access_until) {
            (Plan::System, _) | (Plan::Pro, None) => Standing::Active,
            (Plan::Locked, _) => Standing::Locked,
            (Plan::Trial, _) if now < self.trial_ends_at => Standing::Trial,
            (Plan::Pro, Some(until)) if now < until => Standing::Ending,
            (Plan::Trial | Plan::Pro, _) => Standing::Locked,
        }
    }

    /// Tells whether only reading, taking away and paying is left at `now`.
    #[must_use]
    pub fn is_locked(&self, now: DateTime<Utc>) -> bool {
        self.standing(now) == Standing::Locked
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_lock_falls_and_opens_by_the_clock_alone() {
        let end = DateTime::UNIX_EPOCH + TimeDelta::days(7);
        let (before, at) = (end - TimeDelta::seconds(1), end);
        let access = |plan, access_until| Access {
            plan,
            trial_ends_at: end,
            access_until,
        };
        let told = [
            (access(Plan::Trial, None), Standing::Trial, Standing::Locked),
            (access(Plan::Pro, None), Standing::Active, Standing::Active),
            (
                access(Plan::Pro, Some(end)),
                Standing::Ending,
                Standing::Locked,
            ),
            (
                access(Plan::Locked, None),
                Standing::Locked,
                Standing::Locked,
            ),
            (
                access(Plan::System, None),
                Standing::Active,
                Standing::Active,
            ),
        ];
        for (access, earlier, later) in told {
            assert_eq!(access.standing(before), earlier, "{access:?}");
            assert_eq!(access.standing(at), later, "{access:?}");
        }
    }
}
