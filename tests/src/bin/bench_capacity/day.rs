//! What a merchant does in a day.

use std::time::Duration;

use suite_tests::Dice;

use crate::replay::Request;

/// One request of a merchant, or of a service on a merchant's behalf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    ReadOrders,
    ReadProducts,
    FindVariant,
    ReadStock,
    ReadReports,
    ReadJobs,
    AdjustStock,
    TellOfPayment,
    UploadOrders,
    AskForReport,
    AnalyzeStock,
}

/// How often each merchant does what in a day, mails apart: they follow from the rest. A till or a shop system reads and
/// writes more often than a person; orders come in four times.
const DAY: &[(Act, usize)] = &[
    (Act::ReadOrders, 30),
    (Act::ReadProducts, 20),
    (Act::FindVariant, 10),
    (Act::ReadStock, 30),
    (Act::ReadReports, 5),
    (Act::ReadJobs, 5),
    (Act::AdjustStock, 20),
    (Act::TellOfPayment, 5),
    (Act::UploadOrders, 4),
    (Act::AskForReport, 3),
    (Act::AnalyzeStock, 1),
];

/// A shop is open for so many hours, and shops lie in so many time zones: the day of all has a peak.
const OPEN_HOURS: u32 = 10;
const ZONE_OFFSETS: [u32; 8] = [0, 0, 0, 1, 6, 6, 8, 14];

impl Act {
    /// Tells whether it begins a job that takes its time.
    pub(crate) fn is_heavy(self) -> bool {
        matches!(
            self,
            Self::UploadOrders | Self::AskForReport | Self::AnalyzeStock
        )
    }
}

/// Draws one of the acts that the web process does by itself, as often as they are in a day.
pub(crate) fn any_web_act(dice: &mut Dice) -> Act {
    let light = || DAY.iter().filter(|(act, _)| !act.is_heavy());
    let mut at = dice.below(light().map(|(_, times)| times).sum());
    for (act, times) in light() {
        if at < *times {
            return *act;
        }
        at -= times;
    }
    Act::ReadOrders
}

/// Returns the requests of all merchants, in the order of their moments; the day is pressed into `length`.
pub(crate) fn of_all(merchants: usize, length: Duration, seed: u64) -> Vec<Request> {
    const SLOTS: usize = 1_000_000;
    let mut dice = Dice::new(seed);
    let mut requests = Vec::new();
    for merchant in 0..merchants {
        let opens = 7 + ZONE_OFFSETS[dice.below(ZONE_OFFSETS.len())];
        for (act, times) in DAY {
            for _ in 0..*times {
                let into_day = dice.below(SLOTS) as f64 / SLOTS as f64 * f64::from(OPEN_HOURS);
                let hour = (f64::from(opens) + into_day) % 24.0;
                requests.push(Request {
                    at: length.mul_f64(hour / 24.0),
                    merchant,
                    act: *act,
                });
            }
        }
    }
    requests.sort_by_key(|request| request.at);
    requests
}
