use askama::Template;

use super::{check, frame, moment, own};
use crate::pages::{account, assets, form::Faults, report_schedules, shared};

#[test]
fn pages_of_mailed_reports_escape_what_they_show() {
    for is_paused in [true, false] {
        check(|text| {
            let (shell, store) = frame(text);
            let row = report_schedules::Row {
                id: own(text),
                name: own(text),
                when: own(text),
                readers: vec![own(text), own(text)],
                next: Some(moment(text)),
                is_paused,
            };
            let page = report_schedules::Page {
                shell,
                store,
                faults: Faults::general(text),
                rows: vec![row],
                kinds: vec![(own(text), own(text))],
                groupings: vec![(own(text), own(text))],
                compares: vec![(own(text), own(text))],
            };
            page.render()
        });
    }
    for (is_proven, is_asked) in [(true, false), (false, true), (false, false)] {
        check(|text| {
            let page = account::Page {
                shell: frame(text).0,
                faults: Faults::general(text),
                email: own(text),
                is_proven,
                is_asked,
                stock_alerts: true,
            };
            page.render()
        });
    }
    check(|text| {
        let page = shared::Page {
            assets: assets::addresses(),
            title: own(text),
            store: own(text),
            days: own(text),
            totals: vec![(own(text), own(text))],
            series: vec![shared::Series {
                name: own(text),
                columns: vec![own(text)],
                rows: vec![vec![own(text)]],
                is_cut: true,
            }],
            file: own(text),
        };
        page.render()
    });
}
