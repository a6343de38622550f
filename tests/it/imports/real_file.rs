use std::collections::BTreeMap;

use suite_tests::TestApp;

use super::{
    reference::{Figures, add_up, real_file},
    state::{assert_sums_agree, import},
};

const FIGURES: &str = "trim_scale(coalesce(sum(gross), 0)), trim_scale(coalesce(sum(returns), 0)),
    trim_scale(coalesce(sum(adjustments), 0)), trim_scale(coalesce(sum(units), 0)), coalesce(sum(orders), 0)";

async fn assert_figures(app: &TestApp, from: &str, expected: &BTreeMap<String, Figures>) {
    let key = from.split_once(" FROM ").unwrap();
    let query = format!("SELECT {}, {FIGURES} FROM {} GROUP BY 1", key.0, key.1);
    let mut kept = app.sql(&query).await;
    kept.sort();
    let expected: Vec<Vec<String>> = expected
        .iter()
        .map(|(key, figures)| figures.row(key))
        .collect();
    assert_eq!(kept.len(), expected.len(), "{from}");
    for (kept, expected) in kept.iter().zip(&expected) {
        assert_eq!(kept, expected, "{from}");
    }
}

#[tokio::test]
async fn a_year_of_a_real_shop_adds_up_to_the_last_digit() {
    let Some(path) = real_file() else {
        println!(
            "ABSENT: ../shared/data/online-retail-2010-2011.csv.gz; the real file is not tested"
        );
        return;
    };
    let reference = add_up(&path);
    let app = TestApp::new().await;
    let client = app.account().await;
    let store = client.store("GBP", "Europe/London").await;
    let file = std::fs::read(&path).unwrap();
    let first = import(&app, &client, &store, file.clone()).await;
    assert_eq!(first["state"], "succeeded", "{first}");
    assert_eq!(first["rows_read"], 541_909);
    assert_eq!(first["rows_read"], reference.rows);
    assert_eq!(first["rows_added"], reference.rows, "{first}");
    assert_eq!(first["rows_rejected"], 0);

    let product = "v.sku FROM monthly_product_sales r JOIN variants v ON v.account_id = r.account_id AND v.id = r.variant_id";
    assert_figures(
        &app,
        "to_char(day, 'YYYY-MM') FROM daily_sales",
        &reference.by_month,
    )
    .await;
    assert_figures(&app, "country FROM daily_sales", &reference.by_country).await;
    assert_figures(&app, product, &reference.by_product).await;
    assert_figures(
        &app,
        &product.replace("monthly", "daily"),
        &reference.by_product,
    )
    .await;
    assert_sums_agree(&app, &store).await;

    let movements = app.value("SELECT count(*) FROM stock_movements").await;
    assert_eq!(movements, reference.movements.to_string());
    let week = app
        .sql(&format!("SELECT 'week', {FIGURES} FROM daily_sales WHERE day BETWEEN '2010-12-01' AND '2010-12-07'"))
        .await;
    assert_eq!(week, [reference.first_week.row("week")]);
    assert_eq!(
        (week[0][1].as_str(), week[0][5].as_str()),
        ("339876.49", "611")
    );
    assert_eq!(reference.first_week_rows, 16_985);

    let again = import(&app, &client, &store, file).await;
    assert_eq!(again["rows_unchanged"], reference.rows, "{again}");
    assert_eq!(again["rows_added"], 0);
    assert_figures(&app, "country FROM daily_sales", &reference.by_country).await;
}
