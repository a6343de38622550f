DROP TABLE revenue_changes;
DROP TABLE subscriptions;
DROP TABLE stripe_events;
