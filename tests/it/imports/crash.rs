use suite_core::job::{JobState, Queue};
use suite_tests::{TestApp, until};

use super::{
    known_rows::{file, rows},
    state::{assert_sums_agree, describe, import, show, upload},
};

/// Waits until some batches of an import are written, but not all.
async fn wait_for_a_checkpoint(app: &TestApp, id: &str) {
    until("a part of the file is written", || async {
        let read = app
            .value(&format!("SELECT rows_read FROM imports WHERE id = '{id}'"))
            .await;
        read != "0"
    })
    .await;
}

#[tokio::test]
async fn an_import_whose_worker_dies_goes_on_and_is_exact() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let rows = rows(16_000);
    // Sorted by product, the lines of every invoice are scattered over the whole file.
    let mut scattered = rows.clone();
    scattered.sort_by_key(|row| row.split(',').nth(1).map(str::to_owned));
    let undisturbed = client.store("GBP", "Europe/London").await;
    import(&app, &client, &undisturbed, file(&rows)).await;
    let expected = describe(&app, &undisturbed).await;
    for rows in [rows, scattered] {
        let store = client.store("GBP", "Europe/London").await;
        let id = upload(&client, &store, file(&rows)).await;
        let worker = app.worker(&[Queue::Inventory]).await;
        wait_for_a_checkpoint(&app, &id).await;
        worker.crash();
        app.run_jobs().await;
        let import = show(&client, &id).await;
        assert_eq!(import["state"], "succeeded", "{import}");
        assert_eq!(import["rows_added"], rows.len(), "{import}");
        assert!(describe(&app, &store).await == expected);
        assert_sums_agree(&app, &store).await;
    }
}

#[tokio::test]
async fn an_import_that_is_called_off_can_be_taken_up_again() {
    let app = TestApp::new().await;
    let client = app.account().await;
    let rows = rows(16_000);
    let store = client.store("GBP", "Europe/London").await;
    let id = upload(&client, &store, file(&rows)).await;
    let worker = app.worker(&[Queue::Inventory]).await;
    wait_for_a_checkpoint(&app, &id).await;
    let job_id = show(&client, &id).await["job_id"]
        .as_str()
        .unwrap()
        .to_owned();
    client
        .post_empty(&format!("/v1/jobs/{job_id}/cancel"))
        .await;
    app.wait_until_quiet().await;
    worker.stop().await;
    let import = show(&client, &id).await;
    // It may have been quicker than the call.
    if import["state"] == JobState::Cancelled.name() {
        client.post_empty(&format!("/v1/jobs/{job_id}/retry")).await;
        app.run_jobs().await;
    }
    let import = show(&client, &id).await;
    assert_eq!(import["state"], "succeeded", "{import}");
    assert_eq!(import["rows_added"], rows.len(), "{import}");
    assert_sums_agree(&app, &store).await;
}
