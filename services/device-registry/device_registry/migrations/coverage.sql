-- What any agency may know of a device of another, so that it can ask to share it and sets up none beside it (NJ 9(3)).
-- This is the one door in the fence of `devices`. The fence is lifted for this query alone: RETURN QUERY has read every
-- row before the next statement puts the fence back.
CREATE FUNCTION devices_to_share(cells int[], device text)
RETURNS TABLE (id text, agency_id text, code text, kind text, state text, place text, longitude numeric,
    latitude numeric, functions jsonb)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    before text := current_setting('mz.visible', true);
BEGIN
    PERFORM set_config('mz.visible', '*', true);
    RETURN QUERY
        SELECT d.id, d.agency_id, d.code, d.kind, d.state, d.place, d.longitude, d.latitude,
               jsonb_path_query_array(d.functions, '$[*].code')
        FROM devices d WHERE d.cell = ANY (cells)
        UNION ALL
        SELECT d.id, d.agency_id, d.code, d.kind, d.state, d.place, d.longitude, d.latitude,
               jsonb_path_query_array(d.functions, '$[*].code')
        FROM devices d WHERE d.id = devices_to_share.device AND d.cell IS NOT NULL;
    PERFORM set_config('mz.visible', coalesce(before, ''), true);
END $$;
