use suite_tests::TestApp;

use super::Browser;

#[tokio::test]
async fn the_form_of_a_schedule_offers_the_last_day_and_comparisons_and_the_list_says_them() {
    let app = TestApp::new().await;
    let (mut browser, store) = Browser::with_store(&app, "ada").await;
    let path = format!("/report-schedules?store_id={store}");
    let form = browser.open(&path).await.expect(200).text();
    for offered in [
        "<option value=\"29\">29</option>",
        "<option value=\"31\">Last day</option>",
        "<option value=\"previous_year\">Previous year</option>",
    ] {
        assert!(form.contains(offered), "{offered} in {form}");
    }
    for (kind, day, compare) in [
        ("revenue", 31, "previous_year"),
        ("products", 29, "previous_period"),
        // The form shows everything; what the kind does not have is left out.
        ("customers", 30, "previous_period"),
    ] {
        let fields = format!(
            "store_id={store}&kind={kind}&group_by=country&compare={compare}&rhythm=monthly&time=07%3A00\
             &weekday=monday&day_of_month={day}&recipients=ada%40example.com"
        );
        browser
            .send("/report-schedules", &fields)
            .await
            .assert_status(303);
    }
    let list = browser.open(&path).await.expect(200).text();
    for said in [
        "Revenue country, against the previous year",
        "Products, against the previous period",
        "Monthly, last day at 07:00",
        "Monthly, day 29 at 07:00",
        "Monthly, day 30 at 07:00",
    ] {
        assert!(list.contains(said), "{said} in {list}");
    }
    assert!(!list.contains("Customers,"), "{list}");
    let compared = "SELECT string_agg(coalesce(params->>'compare', '-'), ' ' ORDER BY id) FROM report_schedules";
    assert_eq!(app.value(compared).await, "previous_year previous_period -");
}
