"""INV-19 in the database: what the price guard found is no deal before two people approved that very version."""

from django.db import migrations

# Who declared something doesn't look at it; the key of an approval lets nobody say yes twice.
LACKS = """
CREATE FUNCTION festivals_lacks_approvals(which bigint, of_version integer, found jsonb, declarer bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT (
        SELECT count(*) FROM festivals_approval AS a
        WHERE a.declaration_id = which AND a.version = of_version AND a.user_id IS DISTINCT FROM declarer
    ) < CASE WHEN found = '[]' THEN 1 ELSE 2 END
$$;
CREATE FUNCTION festivals_refuse(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', what
        USING ERRCODE = 'check_violation', CONSTRAINT = 'inv_19_what_the_guard_found_two_approved';
END $$;
"""
# A deal of a SKU that was declared: by whatever road it comes.
DEAL = """
CREATE FUNCTION festivals_deal_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM festivals_declaration AS d JOIN festivals_enrolment AS e ON e.id = d.enrolment_id
        WHERE d.sku_id = NEW.sku_id AND e.festival_id = NEW.festival_id
            AND festivals_lacks_approvals(d.id, d.version, d.findings, d.declared_by)
    ) THEN
        PERFORM festivals_refuse('inv_19: the deal on SKU ' || NEW.sku_id || ' lacks approvals');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deal_is_approved BEFORE INSERT OR UPDATE OF sku_id, festival_id ON festivals_deal
    FOR EACH ROW EXECUTE FUNCTION festivals_deal_is_approved();
"""
# A version that somebody approved stays what it was; what lacks approvals is not approved.
DECLARATION = """
CREATE FUNCTION festivals_declaration_is_approved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('approved', 'frozen')
        AND festivals_lacks_approvals(NEW.id, NEW.version, NEW.findings, NEW.declared_by)
    THEN
        PERFORM festivals_refuse('inv_19: declaration ' || NEW.id || ' lacks approvals');
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.version = OLD.version
        AND (OLD.sku_id, OLD.units, OLD.buyer_limit, OLD.findings, OLD.declared_by)
            IS DISTINCT FROM (NEW.sku_id, NEW.units, NEW.buyer_limit, NEW.findings, NEW.declared_by)
        AND EXISTS (SELECT FROM festivals_approval WHERE declaration_id = NEW.id AND version = NEW.version)
    THEN
        PERFORM festivals_refuse('inv_19: version ' || NEW.version || ' of declaration ' || NEW.id || ' stays');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER declaration_is_approved BEFORE INSERT OR UPDATE ON festivals_declaration
    FOR EACH ROW EXECUTE FUNCTION festivals_declaration_is_approved();
CREATE FUNCTION festivals_declared_price_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.declaration_id ELSE NEW.declaration_id END;
BEGIN
    IF EXISTS (
        SELECT FROM festivals_declaration AS d
        JOIN festivals_approval AS a ON a.declaration_id = d.id AND a.version = d.version
        WHERE d.id = touched
    ) THEN
        PERFORM festivals_refuse('inv_19: the prices of declaration ' || touched || ' stay');
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER declared_price_stays BEFORE INSERT OR UPDATE OR DELETE ON festivals_declarationprice
    FOR EACH ROW EXECUTE FUNCTION festivals_declared_price_stays();
CREATE FUNCTION festivals_approval_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM festivals_refuse('inv_19: an approval never changes');
    RETURN NULL;
END $$;
CREATE TRIGGER approval_stays BEFORE UPDATE OR DELETE ON festivals_approval
    FOR EACH ROW EXECUTE FUNCTION festivals_approval_stays();
"""
UNDO = """
DROP TRIGGER approval_stays ON festivals_approval;
DROP TRIGGER declared_price_stays ON festivals_declarationprice;
DROP TRIGGER declaration_is_approved ON festivals_declaration;
DROP TRIGGER deal_is_approved ON festivals_deal;
DROP FUNCTION festivals_approval_stays(), festivals_declared_price_stays(), festivals_declaration_is_approved(),
    festivals_deal_is_approved(), festivals_refuse(text), festivals_lacks_approvals(bigint, integer, jsonb, bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("festivals", "0003_enrolment")]
    operations = [migrations.RunSQL(LACKS + DEAL + DECLARATION, UNDO)]
