use suite_tests::TestApp;

#[tokio::test]
async fn the_process_says_that_it_lives() {
    let app = TestApp::new().await;
    let answer = app.stranger().get("/health").await.expect(200);
    assert_eq!(answer.json()["status"], "alive");
    assert!(!answer.header("x-request-id").is_empty());
}
