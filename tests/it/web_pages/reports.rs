use std::fmt::Write;

use suite_tests::TestApp;

use super::{Browser, inventory::program};

/// Six customers, each with a mug whose name is markup.
fn lines() -> String {
    let mut lines = String::from(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n",
    );
    for number in 1..=6 {
        writeln!(
            lines,
            "{number},MUG,<b>Mug,{number},2026-02-0{number} 10:00,2.50,C{number},UK"
        )
        .unwrap();
    }
    lines
}

#[tokio::test]
async fn the_form_offers_every_kind_and_each_has_its_page_and_its_files() {
    let app = TestApp::new().await;
    let (mut browser, store) = Browser::with_store(&app, "ada").await;
    let program = program(&app, &mut browser).await;
    let upload = program.upload(&store, "invoice_lines", lines()).await;
    upload.assert_status(202);
    app.run_jobs().await;
    for (kind, title, seen) in [
        (
            "revenue",
            "Revenue, 1 Feb 2026",
            "Compared with: Previous year",
        ),
        ("products", "Products, 1 Feb 2026", "Share, %"),
        ("customers", "Customers, 1 Feb 2026", "Champions"),
        ("cohorts", "Cohorts, 1 Feb 2026", "2026-02"),
        ("inventory_value", "Inventory value, 28 Feb 2026", "FIFO"),
        ("sell_through", "Sell-through, 1 Feb 2026", "Units sold"),
        ("reorder", "Reorder, 28 Feb 2026", "order nothing"),
    ] {
        let form = browser
            .open(&format!("/reports/new?store_id={store}&kind={kind}"))
            .await
            .expect(200)
            .text();
        let is_as_of = matches!(kind, "inventory_value" | "reorder");
        assert_eq!(form.contains("name=\"from\""), !is_as_of, "{kind}");
        let mut fields = format!("store_id={store}&kind={kind}&to=2026-02-28");
        if !is_as_of {
            fields.push_str("&from=2026-02-01");
        }
        if kind == "revenue" {
            fields.push_str("&group_by=product&compare=previous_year");
        }
        let answer = browser.send("/reports", &fields).await;
        answer.assert_status(303);
        app.run_jobs().await;
        let page = browser
            .open(answer.header("location"))
            .await
            .expect(200)
            .text();
        for text in [
            title,
            seen,
            "format=xlsx",
            "format=pdf",
            "format=csv",
            "format=json",
        ] {
            assert!(page.contains(text), "{text} on the page of {kind}");
        }
        assert!(!page.contains("<b>Mug"), "{kind}");
    }
    let list = browser
        .open(&format!("/reports?store_id={store}"))
        .await
        .expect(200)
        .text();
    assert!(list.contains("Cohorts, 1 Feb 2026 to 28 Feb 2026"));
}
