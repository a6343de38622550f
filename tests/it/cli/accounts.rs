use serde_json::json;
use suite_tests::TestApp;

use super::{audited, suitectl, suitectl_answering};

#[tokio::test]
async fn a_new_account_has_a_token_and_a_password_that_open_the_api() {
    let app = TestApp::new().await;
    let made = suitectl(
        &app,
        &[
            "accounts",
            "create",
            " Ada@Example.COM",
            "--name",
            "Ada's",
            "--json",
        ],
    )
    .await;
    let made = made.fine().json();
    assert_eq!(made["email"], "ada@example.com");
    let token = made["token"].as_str().unwrap();
    app.stranger()
        .with_token(token)
        .get("/v1/me")
        .await
        .assert_status(200);
    let login = json!({"email": "ada@example.com", "password": made["password"]});
    app.stranger()
        .post("/v1/auth/login", &login)
        .await
        .assert_status(200);
    let id = made["account_id"].as_str().unwrap();
    let noted = vec!["operator:grace@workbench".to_owned(), id.to_owned()];
    assert_eq!(audited(&app, "create_account").await, vec![noted.clone()]);
    assert_eq!(audited(&app, "create_token").await, [noted]);
}

#[tokio::test]
async fn a_password_can_be_given_and_is_then_not_repeated() {
    let app = TestApp::new().await;
    let create = ["accounts", "create", "ada@example.com", "--password-stdin"];
    let made = suitectl_answering(&app, &create, "correct horse\n")
        .await
        .fine();
    assert!(!made.out.contains("correct horse"), "{made:?}");
    let login = json!({"email": "ada@example.com", "password": "correct horse"});
    app.stranger()
        .post("/v1/auth/login", &login)
        .await
        .assert_status(200);
    let short = ["accounts", "create", "bob@example.com", "--password-stdin"];
    let refused = suitectl_answering(&app, &short, "short\n").await.refused();
    assert!(refused.contains("8 characters"), "{refused}");
}

#[tokio::test]
async fn an_address_that_is_taken_or_none_is_refused() {
    let app = TestApp::new().await;
    suitectl(&app, &["accounts", "create", "ada@example.com"])
        .await
        .fine();
    let taken = suitectl(&app, &["accounts", "create", "ADA@example.com"])
        .await
        .refused();
    assert_eq!(taken, "suitectl: user exists already\n");
    suitectl(&app, &["accounts", "create", "ada"])
        .await
        .refused();
    assert_eq!(app.value("SELECT count(*) FROM accounts").await, "1");
}

#[tokio::test]
async fn accounts_are_listed_searched_and_paged() {
    let app = TestApp::new().await;
    for email in ["ada@example.com", "bob@example.com", "a_b@example.com"] {
        suitectl(&app, &["accounts", "create", email]).await.fine();
    }
    let page = suitectl(&app, &["accounts", "list", "--limit", "2", "--json"])
        .await
        .fine()
        .json();
    assert_eq!(page["items"][0]["emails"][0], "a_b@example.com");
    let before = page["next_before"].as_str().unwrap();
    let rest = suitectl(&app, &["accounts", "list", "--before", before])
        .await
        .fine();
    assert!(
        rest.out.contains("ada@example.com") && rest.out.contains("that is all"),
        "{rest:?}"
    );
    // The underscore stands for itself.
    let found = suitectl(&app, &["accounts", "list", "--search", "A_B@", "--json"])
        .await
        .fine()
        .json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_account_is_shown_by_id_and_by_address() {
    let app = TestApp::new().await;
    let merchant = app.account().await;
    let store = merchant.store("GBP", "Europe/London").await;
    let id = merchant.account_id().to_string();
    let shown = suitectl(&app, &["accounts", "show", &id]).await.fine();
    assert!(
        shown.out.contains(&store) && shown.out.contains("Europe/London"),
        "{shown:?}"
    );
    let json = suitectl(&app, &["accounts", "show", &id, "--json"])
        .await
        .fine()
        .json();
    let email = json["account"]["emails"][0].as_str().unwrap().to_owned();
    assert_eq!(
        suitectl(&app, &["accounts", "show", &email])
            .await
            .fine()
            .out,
        shown.out
    );
    let unknown = suitectl(&app, &["accounts", "show", "nobody@example.com"])
        .await
        .refused();
    assert_eq!(
        unknown,
        "suitectl: PostgreSQL has no account nobody@example.com\n"
    );
}
