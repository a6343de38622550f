use askama::Template;

use super::{check, frame, live, moment, own};
use crate::pages::{
    billing, form::Faults, import, imports, job, jobs, shell::Shell, store, stores, tokens,
};

#[test]
fn pages_of_stores_and_tokens_escape_what_they_show() {
    check(|text| {
        let row = stores::Row {
            id: own(text),
            name: own(text),
            currency: own(text),
            timezone: own(text),
            created: moment(text),
        };
        let page = stores::Page {
            shell: Shell::sample(text),
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
    check(|text| {
        let page = stores::NewPage {
            shell: Shell::sample(text),
            faults: Faults::general(text),
            name: text,
            currency: text,
            timezone: text,
            timezones: &["UTC"],
        };
        page.render()
    });
    for is_settled in [true, false] {
        check(|text| {
            let page = store::Page {
                shell: Shell::sample(text),
                faults: Faults::general(text),
                id: own(text),
                name: own(text),
                currency: own(text),
                timezone: own(text),
                timezones: &["UTC"],
                is_settled,
            };
            page.render()
        });
    }
    for can_pay in [true, false] {
        check(|text| {
            let page = billing::Page {
                shell: Shell::sample(text),
                faults: Faults::general(text),
                standing: "trial",
                told: own(text),
                until: Some(moment(text)),
                price: own(text),
                can_pay,
                is_awaited: true,
                has_paid: true,
                can_cancel: true,
                can_subscribe: true,
            };
            page.render()
        });
    }
    check(|text| {
        let row = tokens::Row {
            id: own(text),
            name: own(text),
            suffix: own(text),
            created: moment(text),
            used: Some(moment(text)),
        };
        let page = tokens::Page {
            shell: Shell::sample(text),
            faults: Faults::general(text),
            made: Some(own(text)),
            rows: vec![row],
        };
        page.render()
    });
}

#[test]
fn pages_of_imports_escape_what_they_show() {
    check(|text| {
        let (shell, store) = frame(text);
        let row = imports::Row {
            id: own(text),
            state: "failed",
            size: own(text),
            read: own(text),
            added: own(text),
            unchanged: own(text),
            rejected: own(text),
            began: moment(text),
        };
        let page = imports::Page {
            shell,
            store,
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
    check(|text| {
        let (shell, store) = frame(text);
        let page = imports::NewPage {
            shell,
            store,
            formats: vec![imports::Format {
                name: own(text),
                label: "Invoices",
                is_chosen: true,
            }],
            format: own(text),
            columns: "SKU",
            hint: "As it is.",
            url: own(text),
        };
        page.render()
    });
    for is_live in [true, false] {
        check(|text| {
            let (shell, store) = frame(text);
            let reject = import::Reject {
                line: own(text),
                reason: own(text),
                content: own(text),
            };
            let page = import::Page {
                shell,
                store,
                id: own(text),
                state: "failed",
                error: Some(own(text)),
                live: is_live.then(|| live(text)),
                read: own(text),
                added: own(text),
                unchanged: own(text),
                rejected: own(text),
                size: own(text),
                began: moment(text),
                took: own(text),
                rejects: vec![reject],
            };
            page.render()
        });
    }
}

#[test]
fn pages_of_jobs_escape_what_they_show() {
    check(|text| {
        let row = jobs::Row {
            id: own(text),
            kind: own(text),
            state: own(text),
            told: own(text),
            attempt: own(text),
            created: moment(text),
            took: own(text),
        };
        let page = jobs::Page {
            shell: Shell::sample(text),
            states: vec![jobs::StateLink {
                name: "dead",
                label: own(text),
                is_current: true,
            }],
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
    check(|text| {
        let page = job::Page {
            shell: Shell::sample(text),
            kind: own(text),
            live: live(text),
            queue: own(text),
            attempt: own(text),
            crashes: 1,
            created: moment(text),
            started: Some(moment(text)),
            finished: Some(moment(text)),
            took: own(text),
            subject: Some(job::Subject {
                label: "Open the import",
                address: own(text),
            }),
            result: Some(own(text)),
        };
        page.render()
    });
}
