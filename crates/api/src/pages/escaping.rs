//! Every page, with markup in every value: the answer must be the same as with a word, the markup escaped in its place.

mod mailed;
mod sales;
mod stock;
mod work;

use askama::Template;

use super::{
    assets, chart,
    display::Moment,
    failure,
    form::Faults,
    live::Live,
    login, notice, password, register,
    shell::{Shell, StoreInView},
};

const WORD: &str = "q7word7q";
const MARKUP: &str = "<img src=x onerror=1>\"' onload=1 &lt;{{ 7 * 7 }}";
const ESCAPED: &str = "&#60;img src=x onerror=1&#62;&#34;&#39; onload=1 &#38;lt;{{ 7 * 7 }}";

fn check(page: impl Fn(&str) -> askama::Result<String>) {
    let plain = page(WORD).unwrap();
    assert!(plain.contains(WORD));
    let escaped = plain.replace(WORD, ESCAPED);
    let with_markup = page(MARKUP).unwrap();
    for (line, wanted) in with_markup.lines().zip(escaped.lines()) {
        assert_eq!(line, wanted);
    }
    assert_eq!(with_markup.len(), escaped.len());
}

fn own(text: &str) -> String {
    text.to_owned()
}

fn moment(text: &str) -> Moment {
    Moment {
        text: own(text),
        exact: own(text),
    }
}

fn live(text: &str) -> Live {
    Live {
        id: own(text),
        state: own(text),
        is_over: false,
        can_cancel: true,
        can_retry: true,
        done: own(text),
        total: own(text),
        told: own(text),
        error: Some(own(text)),
    }
}

fn frame(text: &str) -> (Shell, StoreInView) {
    let shell = Shell::sample(text);
    let store = shell.store.clone().unwrap();
    (shell, store)
}

fn bar_chart(text: &str) -> Option<chart::BarChart> {
    let point = chart::Point {
        name: own(text),
        value: own("1"),
        told: own(text),
    };
    chart::BarChart::new(own(text), &[point])
}

#[test]
fn pages_before_the_log_in_escape_what_they_show() {
    let assets = assets::addresses();
    check(|text| {
        let page = login::Page {
            assets,
            faults: Faults::general(text),
            next: text,
            email: text,
        };
        page.render()
    });
    check(|text| {
        let page = register::Page {
            assets,
            faults: Faults::general(text),
            trial_days: 7,
            name: text,
            email: text,
        };
        page.render()
    });
    check(|text| {
        let page = password::Forgot {
            assets,
            faults: Faults::general(text),
            email: text,
        };
        page.render()
    });
    check(|text| {
        let page = password::Reset {
            assets,
            faults: Faults::general(text),
            token: text,
        };
        page.render()
    });
    check(|text| {
        let page = notice::Notice {
            assets,
            title: text,
            text,
            next: Some((text, text)),
        };
        page.render()
    });
    check(|text| {
        let page = notice::Question {
            assets,
            faults: Faults::general(text),
            title: text,
            question: text,
            button: text,
            action: text,
        };
        page.render()
    });
    check(|text| {
        let page = failure::Page {
            assets,
            status: 500,
            title: text,
            detail: text,
            faults: vec![own(text)],
            is_unpaid: true,
            request_id: own(text),
        };
        page.render()
    });
}

#[test]
fn no_template_trusts_a_value_or_leaves_an_attribute_unquoted() {
    let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let mut seen = 0;
    for entry in std::fs::read_dir(templates).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for forbidden in [
            "safe", "escape(", "<style", " style=", " onclick", "<script>",
        ] {
            assert!(
                !text.contains(forbidden),
                "{} in {}",
                forbidden,
                path.display()
            );
        }
        for (at, _) in text.match_indices("={{") {
            let tag = text[..at].rfind('<').unwrap_or(0);
            let is_quoted = text[tag..at].matches('"').count() % 2 == 1;
            assert!(is_quoted, "unquoted at {} of {}", at, path.display());
        }
        seen += 1;
    }
    assert!(seen > 15, "{seen}");
}
