"""Commands over the catalog (目录命令)."""

from __future__ import annotations

from typing import Annotated

import typer

from shutong.catalog import check_catalog, in_order, load_catalog
from shutong.catalog.editor_schemas import write_schemas
from shutong.catalog.owners import owner_faults, write_owners
from shutong.cli.speaking import complaints, say, show_table
from shutong.dag_builder.loaders import loader_faults, write_loaders
from shutong.errors import Text
from shutong.settings import settings


def check() -> None:
    """检查目录、数据标准和规则集 · check catalog, data standards and suites."""
    from shutong.quality import suite_faults, uncovered_items
    from shutong.standards.identifiers import Verdict, credit_code_verdict

    root = settings().root
    catalog, faults = check_catalog(root, lambda code: credit_code_verdict(code) is Verdict.VALID)
    every = sorted(
        {
            *faults,
            *suite_faults(catalog, settings().expectations_dir),
            *loader_faults(root),
            *owner_faults(catalog),
        },
        key=in_order,
    )
    for fault in every:
        complaints.print(fault.render(settings().lang), markup=False)
    if every:
        say(Text(f"共 {len(every)} 处问题", f"{len(every)} faults"))
        raise typer.Exit(1)
    for note in uncovered_items(catalog, settings().expectations_dir):
        say(Text(f"提示: {note.render('zh')}", f"note: {note.render('en')}"))
    say(
        Text(
            f"目录无误: {len(catalog.resources)} 个资源, {len(catalog.datasets)} 个数据标准, "
            f"{len(catalog.front_ends)} 台前置机, {len(catalog.departments)} 个部门, "
            f"{len(catalog.requests)} 份共享申请",
            f"the catalog is right: {len(catalog.resources)} resources, "
            f"{len(catalog.datasets)} data standards, {len(catalog.front_ends)} front-end "
            f"machines, {len(catalog.departments)} departments, "
            f"{len(catalog.requests)} share requests",
        )
    )


def resources(
    theme: Annotated[str | None, typer.Option(help="只列一个主题 · one theme only")] = None,
) -> None:
    """列出目录中的资源 · list the resources of the catalog."""
    catalog = load_catalog(settings().root)
    rows = [
        (
            resource_id,
            declared.value.name,
            declared.value.dataset,
            str(declared.value.share.type),
            str(declared.value.update_cycle),
            str(declared.value.source.load),
        )
        for resource_id, declared in sorted(catalog.resources.items())
        if theme is None or declared.value.dataset.startswith(f"{theme}/")
    ]
    titles = ("资源 id", "名称 name", "数据集 dataset", "共享 sharing", "周期 cycle", "归集 load")
    show_table([Text(title, title) for title in titles], rows, numbers=0)


def schemas() -> None:
    """生成编辑器用的 JSON Schema · write the editors' JSON Schemas into schemas/catalog/."""
    changed = write_schemas(settings().schemas_dir / "catalog")
    say(Text(f"更新 {len(changed)} 个文件", f"{len(changed)} files changed"))


def owners() -> None:
    """生成 CODEOWNERS: 谁的文件夹由谁改 · write CODEOWNERS: whose folder it is may change it."""
    changed = write_owners(settings().root)
    say(Text("已更新 CODEOWNERS" if changed else "CODEOWNERS 无变化", f"changed: {changed}"))


def loaders() -> None:
    """为每个部门写好流程加载文件 · write each department's DAG loader into dags/."""
    written = write_loaders(settings().root)
    say(Text(f"写入 {len(written)} 个文件", f"{len(written)} files written"))


def register(app: typer.Typer) -> None:
    """Put the commands of this room on the command line."""
    app.command()(check)
    app.command()(resources)
    app.command()(schemas)
    app.command()(owners)
    app.command()(loaders)
