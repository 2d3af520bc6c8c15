from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0003_shredding"),
    ]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="is_operators",
            field=models.BooleanField(default=False),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_operators", True)),
                fields=("is_operators",),
                name="one_tenant_of_operators",
            ),
        ),
    ]
