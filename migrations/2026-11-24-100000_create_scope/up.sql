-- Why: row-level security is the second wall behind typed account ids. A transaction names the one account it serves in
-- suite.account_id, or, for the few statements that serve the whole fleet (claiming jobs, logging in), says so in suite.scope.
-- After SET LOCAL a setting reads '' and not NULL, hence nullif.
CREATE FUNCTION current_account() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('suite.account_id', true), '')::uuid $$;

CREATE FUNCTION fleet_scope() RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT coalesce(current_setting('suite.scope', true), '') = 'fleet' $$;

-- The roles live in the cluster, not in this database: several databases of one server share them, and a managed server may
-- forbid to create them (then the login role works under FORCEd policies itself, which `suitectl doctor` reports).
DO $$
BEGIN
    CREATE ROLE suite_app NOLOGIN NOBYPASSRLS;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN RAISE NOTICE 'role suite_app cannot be created here';
END $$;
DO $$
BEGIN
    CREATE ROLE suite_backup NOLOGIN BYPASSRLS;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN RAISE NOTICE 'role suite_backup cannot be created here';
END $$;
DO $$
BEGIN
    IF NOT pg_has_role(current_user, 'suite_app', 'MEMBER') THEN
        EXECUTE format('GRANT suite_app TO %I', current_user);
    END IF;
EXCEPTION
    WHEN undefined_object OR insufficient_privilege OR unique_violation THEN
        RAISE NOTICE 'role suite_app cannot be granted here';
END $$;

-- Grants the roles what they need on one table.
CREATE FUNCTION grant_table(subject regclass) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'suite_app') THEN
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO suite_app', subject);
    END IF;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'suite_backup') THEN
        EXECUTE format('GRANT SELECT ON %s TO suite_backup', subject);
    END IF;
END $$;

-- /ready compares what has run with what the program brings.
DO $$
BEGIN
    GRANT SELECT ON __diesel_schema_migrations TO suite_app;
EXCEPTION
    WHEN undefined_object OR undefined_table OR insufficient_privilege THEN
        RAISE NOTICE 'the list of migrations cannot be opened to suite_app here';
END $$;

-- Closes one table to every account but the current one. The sub-selects make the settings be read once a statement, not
-- once a row.
CREATE FUNCTION protect_account_table(subject regclass, account_column text DEFAULT 'account_id') RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', subject);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', subject);
    EXECUTE format(
        'CREATE POLICY account_isolation ON %1$s
         USING (%2$I = (SELECT current_account()) OR (SELECT fleet_scope()))
         WITH CHECK (%2$I = (SELECT current_account()) OR (SELECT fleet_scope()))',
        subject, account_column);
    PERFORM grant_table(subject);
END $$;
