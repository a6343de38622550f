use crate::cli::suitectl;
use suite_tests::TestApp;

const KINDS: [&str; 17] = [
    "welcome",
    "verify_email",
    "reset_password",
    "already_registered",
    "password_changed",
    "trial_warning",
    "trial_ended",
    "payment_received",
    "payment_failed",
    "payment_reminder",
    "account_locked",
    "subscription_cancelled",
    "report_ready",
    "scheduled_report",
    "stock_alert",
    "store_disconnected",
    "operator_alert",
];

#[tokio::test]
async fn every_kind_can_be_looked_at_in_all_its_forms() {
    let app = TestApp::with(&[("BASE_URL", "https://suite.example")]).await;
    let directory = std::env::temp_dir().join(format!("suite-previews-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&directory).unwrap();
    for kind in KINDS {
        let printed = suitectl(&app, &["mail", "preview", kind]).await;
        assert_eq!(printed.code, 0, "{printed:?}");
        assert!(printed.out.contains("https://suite.example/"), "{kind}");
        for (extension, part) in [
            ("eml", "\r\nContent-Type: multipart/alternative"),
            ("html", "</html>"),
            ("txt", "You get this because"),
        ] {
            let path = directory.join(format!("{kind}.{extension}"));
            let ran = suitectl(
                &app,
                &["mail", "preview", kind, "--out", path.to_str().unwrap()],
            )
            .await;
            assert_eq!(ran.code, 0, "{ran:?}");
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(part), "{kind}.{extension}: {text}");
        }
    }
    std::fs::remove_dir_all(directory).unwrap();
    let unknown = suitectl(&app, &["mail", "preview", "poem"]).await.refused();
    assert!(unknown.contains("welcome") && unknown.contains("stock_alert"));
}

#[tokio::test]
async fn the_operator_sees_what_was_mailed_and_how_it_reads() {
    let app = TestApp::new().await;
    app.register("ada@example.com", "correct horse battery")
        .await;
    app.run_jobs().await;
    let list = suitectl(&app, &["mail", "list"]).await.fine().out;
    assert!(list.contains("welcome") && list.contains("sent"), "{list}");
    assert!(
        !list.contains("ada@"),
        "a list over a shoulder shows no address"
    );
    let none = suitectl(&app, &["mail", "list", "--state", "bounced"])
        .await
        .fine();
    assert_eq!(none.out, "PostgreSQL: no such mail\n");
    let id = app.value("SELECT id::text FROM mails").await;
    let shown = suitectl(&app, &["mail", "show", &id]).await;
    assert_eq!(shown.code, 0, "{shown:?}");
    for told in [
        "ada@example.com",
        "Welcome to Employee Suite",
        "It is free for 7 days",
    ] {
        assert!(shown.out.contains(told), "{told}: {}", shown.out);
    }
    let json = suitectl(&app, &["mail", "list", "--json"])
        .await
        .fine()
        .json();
    assert_eq!(json["items"][0]["kind"], "welcome");
}
