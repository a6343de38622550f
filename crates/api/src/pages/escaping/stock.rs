use askama::Template;

use super::{check, frame, live, moment, own};
use crate::pages::{inventory, live::Live, reorder};

#[test]
fn the_page_of_stock_escapes_what_it_shows() {
    check(|text| {
        let (shell, store) = frame(text);
        let row = inventory::Row {
            sku: own(text),
            title: own(text),
            location: own(text),
            on_hand: own(text),
            reserved: own(text),
            available: own(text),
            incoming: own(text),
            threshold: own(text),
            is_low: true,
            changed: moment(text),
        };
        let page = inventory::Page {
            shell,
            store,
            search: own(text),
            is_low: true,
            rows: vec![row],
            next: Some(own(text)),
        };
        page.render()
    });
}

#[test]
fn the_page_of_what_to_order_escapes_what_it_shows() {
    for is_over in [true, false] {
        check(|text| {
            let (shell, store) = frame(text);
            let row = reorder::Row {
                sku: own(text),
                title: own(text),
                location: own(text),
                vendor: own(text),
                available: own(text),
                incoming: own(text),
                demand: own(text),
                cover: own(text),
                sell_out: own(text),
                order_by: own(text),
                suggested: own(text),
                cost: own(text),
            };
            let told = reorder::Told {
                has_places: true,
                id: own(text),
                as_of: own(text),
                rows: vec![row],
                vendors: vec![reorder::Vendor {
                    id: own(text),
                    name: own(text),
                }],
            };
            let draft = reorder::Draft {
                id: own(text),
                vendor: own(text),
                drafted: moment(text),
            };
            let page = reorder::Page {
                shell,
                store,
                live: Some(Live {
                    is_over,
                    ..live(text)
                }),
                told: Some(told),
                drafts: vec![draft],
                next: Some(own(text)),
            };
            page.render()
        });
    }
}
