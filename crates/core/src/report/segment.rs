/// How a customer buys, 1 (worst) to 5 (best) in each respect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scores {
    /// How lately.
    pub recency: i64,
    /// How often.
    pub frequency: i64,
    /// For how much.
    pub monetary: i64,
}

/// A kind of customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// Bought lately, buy often and for much.
    Champions,
    /// Buy often and for much, and did so a while ago.
    Loyal,
    /// Bought lately, and are on their way to buy often.
    Promising,
    /// Bought lately, and little so far.
    New,
    /// Neither lately nor long ago, and not much.
    NeedAttention,
    /// Used to buy often and for much, and have not for long.
    AtRisk,
    /// Bought little, and long ago.
    Hibernating,
    /// Bought little, and longest ago.
    Lost,
}

impl Segment {
    /// All segments, the best first.
    pub const ALL: [Self; 8] = [
        Self::Champions,
        Self::Loyal,
        Self::Promising,
        Self::New,
        Self::NeedAttention,
        Self::AtRisk,
        Self::Hibernating,
        Self::Lost,
    ];

    /// Returns the word in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Champions => "champions",
            Self::Loyal => "loyal",
            Self::Promising => "promising",
            Self::New => "new",
            Self::NeedAttention => "need_attention",
            Self::AtRisk => "at_risk",
            Self::Hibernating => "hibernating",
            Self::Lost => "lost",
        }
    }

    /// Returns what people read.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Champions => "Champions",
            Self::Loyal => "Loyal",
            Self::Promising => "Promising",
            Self::New => "New",
            Self::NeedAttention => "Need attention",
            Self::AtRisk => "At risk",
            Self::Hibernating => "Hibernating",
            Self::Lost => "Lost",
        }
    }

    /// Finds the segment of a customer: by recency, and by the mean of frequency and monetary, rounded up.
    #[must_use]
    pub const fn of(scores: Scores) -> Self {
        let worth = (scores.frequency + scores.monetary + 1) / 2;
        match (scores.recency, worth) {
            (4.., 4..) => Self::Champions,
            (3, 4..) => Self::Loyal,
            (_, 4..) => Self::AtRisk,
            (4.., 2..) => Self::Promising,
            (4.., _) => Self::New,
            (3, _) => Self::NeedAttention,
            (2, _) => Self::Hibernating,
            _ => Self::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_of_recency_and_worth_has_its_segment() {
        let row = |recency| -> Vec<&str> {
            (1..=5)
                .map(|worth| {
                    let scores = Scores {
                        recency,
                        frequency: worth,
                        monetary: worth,
                    };
                    Segment::of(scores).name()
                })
                .collect()
        };
        assert_eq!(
            row(5),
            ["new", "promising", "promising", "champions", "champions"]
        );
        assert_eq!(row(4), row(5));
        assert_eq!(
            row(3),
            [
                "need_attention",
                "need_attention",
                "need_attention",
                "loyal",
                "loyal"
            ]
        );
        assert_eq!(
            row(2),
            [
                "hibernating",
                "hibernating",
                "hibernating",
                "at_risk",
                "at_risk"
            ]
        );
        assert_eq!(row(1), ["lost", "lost", "lost", "at_risk", "at_risk"]);
    }
}
