use suite_tests::TestApp;

use super::{
    known_rows::{file, rows},
    state::{assert_sums_agree, describe, import, show, upload},
};

#[tokio::test]
async fn files_that_overlap_may_be_imported_at_the_same_time() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let rows = rows(9_000);
    let one = client.store("GBP", "Europe/London").await;
    import(&app, &client, &one, file(&rows)).await;
    let other = client.store("GBP", "Europe/London").await;
    let mut backwards = rows[20_000..].to_vec();
    backwards.reverse();
    let ids = [
        upload(&client, &other, file(&rows[..60_000])).await,
        upload(&client, &other, file(&backwards)).await,
    ];
    app.run_jobs().await;
    for id in ids {
        let import = show(&client, &id).await;
        assert_eq!(import["state"], "succeeded", "{import}");
    }
    assert!(describe(&app, &one).await == describe(&app, &other).await);
    assert_sums_agree(&app, &other).await;
}
