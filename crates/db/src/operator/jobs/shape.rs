//! The statements over the jobs of all accounts, each written so that the planner has one good way to answer it.

use suite_core::job::JobState;

use super::{COLUMNS, JobFilter};

/// Where the planner cannot see by itself which index answers, the statement is written for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Account by account along the primary key: nothing is asked but an account and a time.
    Whole,
    /// Group by group along the index of what is over, and what is not over from the small indexes of the job layer.
    Groups {
        /// Whether jobs that are over are asked for.
        over: bool,
        /// Whether jobs that are not over are asked for.
        live: bool,
    },
}

// A job is found without its account by asking each account's part of the primary key in turn: the key begins with the
// account, and an index on the id alone would cost every insert. The accounts come from the key itself, hopping from one to
// the next, so that jobs of an erased account are seen too.
const OWNERS: &str = "WITH RECURSIVE owners AS (
    (SELECT account_id FROM jobs ORDER BY account_id LIMIT 1)
    UNION ALL
    SELECT (SELECT j.account_id FROM jobs j WHERE j.account_id > o.account_id ORDER BY j.account_id LIMIT 1)
      FROM owners o WHERE o.account_id IS NOT NULL
)";

// There are few groups of jobs that are over: one hop along the index finds each, and each is read from its newest on.
pub(in crate::operator) const GROUPS: &str = "groups AS (
    (SELECT queue, kind, state FROM jobs WHERE state IN ('succeeded', 'dead', 'cancelled')
      ORDER BY queue, kind, state LIMIT 1)
    UNION ALL
    SELECT n.queue, n.kind, n.state FROM groups g CROSS JOIN LATERAL (
        SELECT j.queue, j.kind, j.state FROM jobs j
         WHERE j.state IN ('succeeded', 'dead', 'cancelled')
           AND (j.queue, j.kind, j.state) > (g.queue, g.kind, g.state)
         ORDER BY j.queue, j.kind, j.state LIMIT 1) n
)";

pub(in crate::operator) const OF_GROUP: &str = "j.state IN ('succeeded', 'dead', 'cancelled')
    AND j.queue = g.queue AND j.kind = g.kind AND j.state = g.state";

// A job that succeeded has no error.
const GROUP_CONDITIONS: &str = "($2 IS NULL OR g.state = ANY ($2))
    AND ($3 IS NULL OR g.queue = $3)
    AND ($4 IS NULL OR g.kind = $4)
    AND ($7 IS NULL OR g.state <> 'succeeded')";

const OWNER_AND_ID: &str = "($1 IS NULL OR j.account_id = $1)
    AND ($8 IS NULL OR j.id >= $8)
    AND ($9 IS NULL OR j.id < $9)";

const TIME_AND_TEXT: &str = "($5 IS NULL OR j.created_at >= $5)
    AND ($6 IS NULL OR j.created_at < $6)
    AND ($7 IS NULL OR (j.error IS NOT NULL AND concat(j.error, ' ', j.error_detail) ILIKE $7))";

const KIND_AND_STATE: &str = "($2 IS NULL OR j.state = ANY ($2))
    AND ($3 IS NULL OR j.queue = $3)
    AND ($4 IS NULL OR j.kind = $4)";

// Jobs that are not over are found by the small indexes that the job layer keeps for itself.
const LIVE: &str = "(
    SELECT * FROM jobs WHERE state IN ('queued', 'retrying') AND dispatched_at IS NOT NULL
    UNION ALL
    SELECT * FROM jobs WHERE state IN ('queued', 'scheduled', 'retrying') AND dispatched_at IS NULL AND parked_on IS NULL
    UNION ALL
    SELECT * FROM jobs WHERE state IN ('queued', 'retrying') AND dispatched_at IS NULL AND parked_on IS NOT NULL
    UNION ALL
    SELECT * FROM jobs WHERE state = 'running'
)";

const PAGE: &str = "ORDER BY j.id DESC LIMIT $10";

impl Shape {
    pub(super) fn of(filter: &JobFilter) -> Self {
        let is_plain = filter.states.is_empty()
            && filter.queue.is_none()
            && filter.kind.is_none()
            && filter.search.is_none();
        if is_plain {
            return Self::Whole;
        }
        let asks = |test: fn(&JobState) -> bool| {
            filter.states.is_empty() || filter.states.iter().any(test)
        };
        Self::Groups {
            over: asks(|state| state.is_final()),
            live: asks(|state| !state.is_final()),
        }
    }

    /// Takes the filter as `$1` to `$9` and the limit as `$10`.
    pub(super) fn list(self) -> String {
        let Self::Groups { over, live } = self else {
            return format!(
                "{OWNERS}
                 SELECT j.* FROM owners o CROSS JOIN LATERAL (
                     SELECT {COLUMNS} FROM jobs j
                      WHERE j.account_id = o.account_id AND {OWNER_AND_ID} AND {TIME_AND_TEXT} AND {KIND_AND_STATE} {PAGE}
                 ) j WHERE ($1 IS NULL OR o.account_id = $1) {PAGE}"
            );
        };
        let mut parts = Vec::new();
        if over {
            parts.push(format!(
                "SELECT n.* FROM groups g CROSS JOIN LATERAL (
                     SELECT {COLUMNS} FROM jobs j
                      WHERE {OF_GROUP} AND {OWNER_AND_ID} AND {TIME_AND_TEXT} {PAGE}
                 ) n WHERE {GROUP_CONDITIONS}"
            ));
        }
        if live {
            parts.push(format!(
                "(SELECT {COLUMNS} FROM {LIVE} j
                   WHERE {OWNER_AND_ID} AND {TIME_AND_TEXT} AND {KIND_AND_STATE} {PAGE})"
            ));
        }
        format!(
            "WITH RECURSIVE {GROUPS} SELECT j.* FROM ({}) j {PAGE}",
            parts.join(" UNION ALL ")
        )
    }

    /// Takes the filter as `$1` to `$9`.
    pub(super) fn count(self) -> String {
        let (over, live) = match self {
            Self::Whole => (true, true),
            Self::Groups { over, live } => (over, live),
        };
        let mut parts = Vec::new();
        if over {
            parts.push(format!(
                "SELECT n.count FROM groups g CROSS JOIN LATERAL (
                     SELECT count(*) AS count FROM jobs j WHERE {OF_GROUP} AND {OWNER_AND_ID} AND {TIME_AND_TEXT}
                 ) n WHERE {GROUP_CONDITIONS}"
            ));
        }
        if live {
            parts.push(format!(
                "SELECT count(*) AS count FROM {LIVE} j WHERE {OWNER_AND_ID} AND {TIME_AND_TEXT} AND {KIND_AND_STATE}"
            ));
        }
        format!(
            "WITH RECURSIVE {GROUPS} SELECT coalesce(sum(c.count), 0)::bigint AS count FROM ({}) c",
            parts.join(" UNION ALL ")
        )
    }

    /// Returns the statement that finds the last job into which a search looks; it takes the filter as `$1` to `$9` and the
    /// number of jobs as `$10`.
    pub(super) fn window(self) -> Option<String> {
        matches!(self, Self::Groups { over: true, .. }).then(|| {
            format!(
                "WITH RECURSIVE {GROUPS}
                 SELECT n.id FROM groups g CROSS JOIN LATERAL (
                     SELECT j.id FROM jobs j WHERE {OF_GROUP} AND {OWNER_AND_ID} {PAGE}
                 ) n WHERE {GROUP_CONDITIONS}
                  ORDER BY n.id DESC OFFSET $10 - 1 LIMIT 1"
            )
        })
    }
}

/// Takes ids as `$1`.
pub(super) fn find() -> String {
    format!(
        "{OWNERS}
         SELECT {COLUMNS} FROM owners o
           JOIN jobs j ON j.account_id = o.account_id AND j.id = ANY ($1)
          ORDER BY j.id DESC"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_filter_has_the_shape_that_answers_it() {
        let of_states = |states: &[JobState]| {
            Shape::of(&JobFilter {
                states: states.to_vec(),
                ..JobFilter::default()
            })
        };
        let groups = |over, live| Shape::Groups { over, live };
        assert_eq!(of_states(&[]), Shape::Whole);
        assert_eq!(of_states(&[JobState::Dead]), groups(true, false));
        assert_eq!(
            of_states(&[JobState::Queued, JobState::Running]),
            groups(false, true)
        );
        assert_eq!(
            of_states(&[JobState::Queued, JobState::Dead]),
            groups(true, true)
        );
        let of_kind = JobFilter {
            kind: Some("run_import".to_owned()),
            ..JobFilter::default()
        };
        assert_eq!(Shape::of(&of_kind), groups(true, true));
    }
}
